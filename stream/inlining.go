package stream

// What users' packages can inline of the engine, see internal/parallel/inlining.go.
var (
	_ = Map[struct{}, struct{}]
	_ = FlatMap[struct{}, struct{}]
	_ = MapKeyed[struct{}, struct{}, struct{}]
)
