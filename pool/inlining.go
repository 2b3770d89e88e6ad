package pool

// What users' packages can inline of the engine, see internal/parallel/inlining.go.
var (
	_ = Map[struct{}, struct{}]
	_ = MapSlice[struct{}, struct{}]
	_ = ForEach[struct{}]
	_ = First[struct{}]
	_ = Reduce[struct{}]
)
