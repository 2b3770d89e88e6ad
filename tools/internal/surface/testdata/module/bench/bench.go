package bench

func Exported() {}
