package cluster

import "encoding/json"

// A Codec turns values into bytes and back. Its methods are called concurrently.
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
