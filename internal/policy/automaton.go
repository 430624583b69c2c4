package policy

import (
	"slices"

	ahocorasick "github.com/petar-dambovaliev/aho-corasick"
)

// maxDFABytes bounds the transition table of an automaton. Up to here it is
// deterministic: a table lookup for each byte of text. Beyond, it follows
// failure links, which takes about a fifth of the memory and three times as long.
const maxDFABytes = 64 << 20

// An automaton finds the first of many patterns in one pass over a text.
//
// The library works on bytes. That is exact for UTF-8, where no character
// begins inside another one. Three things about it shape this file: its
// deterministic table has a row of 8-byte cells for each state, so the choice
// of kind is made here by size; its leftmost kinds read past a hit and use
// a prefilter we have no need to trust, so this is the standard kind, which
// stops where the first word ends; and its iterators repeat overlapping hits,
// so that only the first is taken from one. An iterator allocates some
// 150 bytes; the interface offers no way to reuse it.
type automaton struct {
	find ahocorasick.AhoCorasick
}

// newAutomaton makes an automaton of patterns, of which none is empty.
func newAutomaton(patterns []string) automaton {
	builder := ahocorasick.NewAhoCorasickBuilder(ahocorasick.Opts{
		MatchKind: ahocorasick.StandardMatch,
		DFA:       dfaBytes(patterns) <= maxDFABytes,
	})
	return automaton{find: builder.Build(patterns)}
}

// first returns the number of the pattern whose end comes first in text.
// Its text is free for other use afterwards.
func (a automaton) first(text []byte) (pattern int, ok bool) {
	m := a.find.IterByte(text).Next()
	if m == nil {
		return 0, false
	}
	return m.Pattern(), true
}

// dfaBytes says how large the deterministic table for patterns would be: a cell
// for each state and each class of bytes that the patterns tell apart.
func dfaBytes(patterns []string) int {
	const cell = 8
	return trieStates(patterns) * byteClasses(patterns) * cell
}

// trieStates counts the different beginnings of the patterns, the empty one
// included, and the two states that the library adds.
func trieStates(patterns []string) int {
	n := 3
	last := ""
	for _, p := range slices.Sorted(slices.Values(patterns)) {
		n += len(p) - commonPrefix(p, last)
		last = p
	}
	return n
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// byteClasses counts the ranges of bytes among which no pattern distinguishes.
func byteClasses(patterns []string) int {
	var ends [256]bool // whether a class ends with this byte
	for _, p := range patterns {
		for i := range len(p) {
			ends[p[i]] = true
			if p[i] > 0 {
				ends[p[i]-1] = true
			}
		}
	}
	n := 1
	for _, end := range ends[:255] {
		if end {
			n++
		}
	}
	return n
}
