package parallel

// Generic code is compiled in the package that uses it, and there the compiler can
// inline small functions of packages that are not imported directly only if each
// package between has inlined them, too (cmd/compile, noder/linker.go, exportBody).
// So this package, and those that pass the engine on, use it once with some types.
// Without, a trivial item of MapSlice took 1.28 times as long, one of Map 1.12 times.
var (
	_ = Seq[struct{}, struct{}]
	_ = MapSlice[struct{}, struct{}]
	_ = ForEach[struct{}]
	_ = First[struct{}, struct{}]
	_ = Flat[struct{}, struct{}]
	_ = Keyed[struct{}, struct{}, struct{}]
)
