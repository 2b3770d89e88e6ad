package main

import (
	"fmt"
	"regexp"
	"strings"
)

// A level is how bad a log entry says things are; 0 is none.
type level int

// levels are the names of all levels, from the most harmless to the worst.
var levels = []string{"none", "trace", "debug", "info", "notice", "warn", "error", "critical", "fatal", "panic"}

// synonyms are other names that programs use.
var synonyms = map[string]string{"warning": "warn", "err": "error", "crit": "critical"}

// levelOf returns the level of a name in upper or lower case, 0 if there is none.
func levelOf(name string) level {
	name = strings.ToLower(name)
	if other, ok := synonyms[name]; ok {
		name = other
	}
	for i, l := range levels {
		if l == name {
			return level(i)
		}
	}
	return 0
}

// String returns the name of l.
func (l level) String() string { return levels[l] }

// MarshalText implements encoding.TextMarshaler, for flag.TextVar.
func (l level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *level) UnmarshalText(text []byte) error {
	*l = levelOf(string(text))
	if *l == 0 && string(text) != levels[0] {
		return fmt.Errorf("want one of %s", strings.Join(levels, ", "))
	}
	return nil
}

// levelName finds the level in the first line of an entry: a word in capitals as
// most programs print it, or a field as logfmt and JSON have it.
var levelName = regexp.MustCompile(`\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|CRIT|CRITICAL|FATAL|PANIC)\b|\blevel"?[=:] ?"?([A-Za-z]+)`)

// levelIn returns the level that a line names first.
func levelIn(line string) level {
	at := levelName.FindStringSubmatchIndex(line)
	switch {
	case at == nil:
		return 0
	case at[2] >= 0:
		return levelOf(line[at[2]:at[3]])
	}
	return levelOf(line[at[0]:at[1]])
}
