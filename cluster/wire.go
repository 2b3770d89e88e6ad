package cluster

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// A message is a head and a body: the length of the head as a varint, the head in
// JSON, the body as the codec made it. JSON for both would write the body in base64,
// a third longer, and go over it twice.

// maxHead is the longest head that is decoded. What is in it is short: names, an id,
// a trace context; an error's text and stack.
const maxHead = 256 << 10

// maxID is the longest id that a call may have: ids become subjects and keys.
const maxID = 512

var errMalformed = errors.New("cluster: malformed message")

// MarshalBinary returns the call as it travels.
func (c Call) MarshalBinary() ([]byte, error) { return join(c, c.Body) }

// UnmarshalBinary is the inverse of [Call.MarshalBinary]. It refuses, before it
// decodes, what has no proper head, and after that what no client sends; the body
// refers to b.
func (c *Call) UnmarshalBinary(b []byte) error {
	var in Call
	body, err := split(b, &in)
	if err != nil {
		return err
	}
	in.Body = body
	switch {
	case in.ID == "" || len(in.ID) > maxID+len(named), in.Task == "":
		return fmt.Errorf("%w: id or task", errMalformed)
	case in.Attempts < 1 || in.Backoff < 0 || in.Timeout < 0, in.Priority < -1 || in.Priority > 1:
		return fmt.Errorf("%w: policy", errMalformed)
	}
	*c = in
	return nil
}

// MarshalBinary returns the outcome as it travels.
func (o Outcome) MarshalBinary() ([]byte, error) { return join(o, o.Body) }

// UnmarshalBinary is the inverse of [Outcome.MarshalBinary]; the body refers to b.
func (o *Outcome) UnmarshalBinary(b []byte) error {
	var in Outcome
	body, err := split(b, &in)
	if err != nil {
		return err
	}
	if in.ID == "" || in.Kind < Succeeded || in.Kind > Progressed {
		return fmt.Errorf("%w: id or kind", errMalformed)
	}
	in.Body = body
	*o = in
	return nil
}

func join(head any, body []byte) ([]byte, error) {
	h, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	if len(h) > maxHead {
		return nil, fmt.Errorf("%w: %d bytes beside the value, at most %d: names, headers and texts of errors", ErrTooLarge, len(h), maxHead)
	}
	b := make([]byte, 0, binary.MaxVarintLen32+len(h)+len(body))
	b = binary.AppendUvarint(b, uint64(len(h)))
	b = append(b, h...)
	return append(b, body...), nil
}

func split(b []byte, head any) (body []byte, err error) {
	h, rest, err := cut(b)
	if err != nil {
		return nil, err
	}
	if len(h) > maxHead {
		return nil, fmt.Errorf("%w: a head of %d bytes", errMalformed, len(h))
	}
	if err := json.Unmarshal(h, head); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return rest, nil
}

// cut returns the first part of b, which is preceded by its length, and the rest.
func cut(b []byte) (first, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, fmt.Errorf("%w: length", errMalformed)
	}
	b = b[k:]
	return b[:n:n], b[n:], nil
}
