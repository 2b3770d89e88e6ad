//go:build docs

// The documents have programs that import these. This file, which no build
// includes, keeps them in go.mod.
package examples_test

import (
	_ "github.com/alitto/pond/v2"
	_ "github.com/destel/rill"
	_ "github.com/panjf2000/ants/v2"
	_ "github.com/sourcegraph/conc/pool"
	_ "golang.org/x/sync/errgroup"
)
