package policy

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A foldTable brings texts into normal form with a lookup for each character.
//
// Nearly every character has a normal form of its own, whatever stands beside
// it. Those that join the character before them (accents, Korean vowels and
// finals, half-width voicing marks) do not, and hand over to appendNormalSlow.
// The table is made by asking appendNormalSlow about each character, so that
// the two agree.
type foldTable struct {
	ascii [utf8.RuneSelf]byte                   // normal form; 0 is none
	page  [(utf8.MaxRune + 1) / pageSize]uint16 // by character: which of pages
	pages [][pageSize]int32                     // distance to the normal form, or one of the codes below
	long  map[rune]string                       // normal forms of more than one character
}

const pageSize = 256

// Codes among the distances; no two characters are so far apart.
const (
	foldNone  = -1 << 30 // has no normal form: ignored
	foldLong  = foldNone + 1
	foldJoins = foldNone + 2
)

// loadFoldTable makes the table when the first word list needs it: some 100 KiB
// and a moment's work that a server without word lists does without.
var loadFoldTable = sync.OnceValue(newFoldTable)

// foldRanges holds all characters, surrogates apart, that may differ from their
// normal form. The rest is rare ideographs, private and unassigned.
var foldRanges = [][2]rune{{0, 0xd7ff}, {0xe000, 0x1ffff}, {0x2f800, 0x2faff}, {0xe0000, 0xe0fff}}

func newFoldTable() *foldTable {
	t := &foldTable{pages: make([][pageSize]int32, 1), long: make(map[rune]string)}
	known := map[[pageSize]int32]uint16{{}: 0}
	s := new(scratch)
	for _, span := range foldRanges {
		for first := span[0]; first < span[1]; first += pageSize {
			page := t.makePage(first, s)
			n, ok := known[page]
			if !ok {
				n = uint16(len(t.pages))
				known[page] = n
				t.pages = append(t.pages, page)
			}
			t.page[first/pageSize] = n
		}
	}
	for c := range t.ascii {
		if d := t.lookup(rune(c)); d != foldNone {
			t.ascii[c] = byte(int32(c) + d)
		}
	}
	return t
}

func (t *foldTable) makePage(first rune, s *scratch) [pageSize]int32 {
	var page [pageSize]int32
	for i := range page {
		r := first + rune(i)
		s.out = appendNormalSlow(s.out[:0], string(r), s)
		normal, size := utf8.DecodeRune(s.out)
		switch {
		case joins(string(r)) || joins(string(s.out)):
			page[i] = foldJoins
		case len(s.out) == 0:
			page[i] = foldNone
		case len(s.out) > size:
			page[i] = foldLong
			t.long[r] = string(s.out)
		default:
			page[i] = normal - r
		}
	}
	return page
}

// joins reports whether the first character of text may combine with what
// stands before it.
func joins(text string) bool {
	return text != "" && !norm.NFKC.PropertiesString(text).BoundaryBefore()
}

func (t *foldTable) lookup(r rune) int32 {
	return t.pages[t.page[r/pageSize]][r%pageSize]
}

// appendNormal appends the normal form of text to dst.
func (t *foldTable) appendNormal(dst []byte, text string, s *scratch) []byte {
	// Where the last character that was not ignored begins, in text and in dst:
	// a character that joins it makes both start over from there.
	lastIn, lastOut := 0, len(dst)

	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c = t.ascii[c]; c != 0 {
				lastIn, lastOut = i, len(dst)
				dst = append(dst, c)
			}
			i++
			continue
		}

		r, size := utf8.DecodeRuneInString(text[i:])
		switch d := t.lookup(r); d {
		case foldNone:
		case foldJoins:
			return appendNormalSlow(dst[:lastOut], text[lastIn:], s)
		case foldLong:
			lastIn, lastOut = i, len(dst)
			dst = append(dst, t.long[r]...)
		default:
			lastIn, lastOut = i, len(dst)
			dst = utf8.AppendRune(dst, r+d)
		}
		i += size
	}
	return dst
}
