package cluster

import (
	"encoding/json"
	"errors"
	"iter"
)

// A Codec turns values into bytes and back. Its methods are called concurrently. Unmarshal must copy
// what the value keeps of b, as that of package json does: the engine may need b again.
type Codec interface {
	Name() string // part of the task's signature: both sides must have the same codec
	Marshal(v any) ([]byte, error)
	Unmarshal(b []byte, v any) error
}

// jsonName is the name of the default codec.
const jsonName = "json"

type jsonCodec struct{}

func (jsonCodec) Name() string                    { return jsonName }
func (jsonCodec) Marshal(v any) ([]byte, error)   { return json.Marshal(v) }
func (jsonCodec) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// marshal encodes a value. JSON is given where it is, so that methods of its pointer are
// found, as they are when it is decoded; another codec gets the value, as it expects.
func marshal[T any](c Codec, v *T) ([]byte, error) {
	if _, ok := c.(jsonCodec); ok {
		return json.Marshal(v)
	}
	return c.Marshal(*v)
}

// errNotList says that values cannot be decoded together.
var errNotList = errors.New("cluster: no list")

// unmarshalList decodes the values of a chunk, size bytes of them, all together: JSON's decoder
// takes longer to begin than to decode a small value. After an error the caller decodes them
// one by one, and so finds out which is wrong.
func unmarshalList[T any](c Codec, size int, each iter.Seq[[]byte]) ([]T, error) {
	if _, ok := c.(jsonCodec); !ok {
		return nil, errNotList
	}
	n, list := 0, make([]byte, 0, size+1)
	for part := range each {
		list = append(append(list, ','), part...)
		n++
	}
	list = append(list, ']')
	list[0] = '['
	vs := make([]T, 0, min(n, maxTrusted))
	if err := json.Unmarshal(list, &vs); err != nil {
		return nil, err
	}
	if len(vs) != n {
		return nil, errNotList
	}
	return vs, nil
}

// maxTrusted is for how many values of a chunk memory is taken before they are decoded: how
// many there are is only a claim until then.
const maxTrusted = 1024
