package changelog_test

import (
	"testing"

	"github.com/millrace-go/millrace/tools/internal/changelog"
	"github.com/stretchr/testify/require"
)

const text = `# Changelog

Something before.

## [Unreleased]

### Removed

- ` + "`pool.Old(ctx, 1)`" + ` is gone.

## [0.2.0] - 2026-11-28

### Added

- ` + "`pool.New`, `Pool.Close` and `cluster/jetstream.Dial`; not `lower.case` nor `fmt`" + `.

### Changed

- Nothing.

## [0.1.0] - 2026-11-01
`

func TestParse(t *testing.T) {
	releases := changelog.Parse(text)
	require.Len(t, releases, 3)
	require.Equal(t, changelog.Unreleased, releases[0].Version)
	require.Empty(t, releases[0].Date)
	require.Equal(t, "0.2.0", releases[1].Version)
	require.Equal(t, "2026-11-28", releases[1].Date)
	require.Contains(t, releases[1].Sections["Changed"], "Nothing.")
	require.NotContains(t, releases[1].Sections["Added"], "Nothing.")
}

func TestNames(t *testing.T) {
	names := map[string]bool{}
	for _, r := range changelog.Parse(text) {
		for _, s := range r.Sections {
			changelog.Names(s, names)
		}
	}
	require.Equal(t, map[string]bool{"pool.Old": true, "pool.New": true, "Pool.Close": true, "jetstream.Dial": true}, names)
}

func TestSince(t *testing.T) {
	releases := changelog.Parse(text)
	require.Len(t, changelog.Since(releases, "0.1.0"), 2)
	require.Len(t, changelog.Since(releases, "0.2.0"), 1)
	require.Len(t, changelog.Since(releases, "9.9.9"), 3)
}
