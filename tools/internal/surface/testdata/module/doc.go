package module

import "example.com/module/internal/inside"

type Watcher = inside.Watcher

type Option = inside.Option

const Loud Volume = 3

const Zero = 0

type Volume uint8

var ErrGone error

func With(n int) Option { return nil }
