package main

import (
	"testing"

	"github.com/millrace-go/millrace/tools/internal/changelog"
	"github.com/millrace-go/millrace/tools/internal/surface"
	"github.com/stretchr/testify/require"
)

func TestDifferencesGoBothWays(t *testing.T) {
	c := &check{
		now:  surface.Surface{"pool.txt": {"func New()", "func Go()"}},
		kept: surface.Surface{"pool.txt": {"func Old()", "func Go()"}, "lost.txt": {"func X()"}},
	}
	found := c.differences()
	require.Len(t, found, 4)
	require.Equal(t, []string{
		"api/lost.txt: - func X()",
		"api/pool.txt: - func Old()",
		"api/pool.txt: + func New()",
	}, found[:3])
	c.kept = c.now
	require.Empty(t, c.differences())
}

// A break of callers is told where it is looked for, by its full name.
func TestUntold(t *testing.T) {
	c := &check{
		now:      surface.Surface{"pool.txt": {"func Go(int)"}},
		released: surface.Surface{"pool.txt": {"func Go()"}},
		version:  "0.1.0",
	}
	for _, told := range []string{
		"### Changed\n- `pool.Go` takes a number.",
		"### Removed\n- `pool.Go()`: gone.",
	} {
		c.releases = changelog.Parse("## [Unreleased]\n" + told)
		require.Empty(t, c.untold(), told)
	}
	for _, untold := range []string{
		"",
		"### Added\n- `pool.Go`",
		"### Changed\n- pool.Go without a code span",
		"### Changed\n- `pool.Gone`",
		"## [0.1.0]\n### Changed\n- `pool.Go`",
	} {
		c.releases = changelog.Parse("## [Unreleased]\n" + untold)
		require.Len(t, c.untold(), 1, untold)
	}
}

func TestLeaks(t *testing.T) {
	c := &check{now: surface.Surface{"pool.txt": {"method (*Pool) Task() *internal/sched.Task", "func New() *Pool"}}}
	require.Equal(t, []string{"pool.txt: a type of an internal package is public: method (*Pool) Task() *internal/sched.Task"}, c.leaks())
}
