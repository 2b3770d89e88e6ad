package exampletest

// A Writer is a function that is written to.
type Writer func([]byte) (int, error)

// Write implements io.Writer.
func (w Writer) Write(b []byte) (int, error) { return w(b) }
