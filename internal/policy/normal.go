package policy

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
)

// This file defines the normal form. foldtable.go computes the same, faster.

// ignored holds the characters that the normal form leaves out wherever they
// stand. The doc comment of Filter describes it.
var ignored = rangetable.Merge(
	unicode.White_Space, unicode.Z, unicode.Cc,
	unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
	unicode.Pd, unicode.Pc,
	rangetable.New([]rune(`.,*~^|/\'"`+"`")...),
	rangetable.New([]rune("‘’‚‛“”„‟ʼ·•‧∙⋅・、。")...),
	rangetable.New(
		'\u2800', // a Braille cell without dots looks like a space
		'\ufffc', // stands for an object that is not there
		utf8.RuneError,
	),
)

// accents holds the blocks of combining marks. What of them is left after
// composition forms no letter with what it stands on.
var accents = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},
	{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1},
	{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
	{Lo: 0x20d0, Hi: 0x20ff, Stride: 1},
	{Lo: 0xfe20, Hi: 0xfe2f, Stride: 1},
}}

// foldCase is stateless and may be shared, other than most cases.Caser.
var foldCase = cases.Fold()

// maxRounds bounds the search for a form that stays as it is. No character
// needs more than three; the bound is for the next Unicode.
const maxRounds = 5

// appendNormalSlow appends the normal form of text to dst. It goes over the
// whole text in several passes and is the definition of the normal form.
//
// Ignored characters go before anything is composed, so that they cannot keep
// a letter and its accent apart, and again after, since compatible forms hold
// them too. Folding undoes compositions, and what is removed may have stood
// between a letter and its accent; hence the rounds, until nothing changes.
func appendNormalSlow(dst []byte, text string, s *scratch) []byte {
	s.a = appendCounting(s.a[:0], text)
	for range maxRounds {
		s.b = norm.NFKC.Append(s.b[:0], s.a...)
		s.c = appendFolded(s.c[:0], s.b)
		s.b = norm.NFKC.Append(s.b[:0], s.c...)
		s.b = simplify(s.b)
		if bytes.Equal(s.a, s.b) {
			break
		}
		s.a, s.b = s.b, s.a
	}
	return append(dst, s.a...)
}

// appendCounting appends the characters of text that are not ignored.
func appendCounting(dst []byte, text string) []byte {
	for _, r := range text {
		if !isIgnored(r) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// isIgnored reports whether r is ignored or another form of what is (full-width
// punctuation, an ellipsis, an accent that stands alone), or can in no company
// be part of a letter (an enclosing circle).
func isIgnored(r rune) bool {
	if r < utf8.RuneSelf || unicode.Is(ignored, r) {
		return unicode.Is(ignored, r)
	}
	if unicode.Is(accents, r) {
		return !joins(string(r))
	}
	var b [utf8.UTFMax]byte
	parts := norm.NFKD.Properties(utf8.AppendRune(b[:0], r)).Decomposition()
	if len(parts) == 0 {
		return false
	}
	if first, _ := utf8.DecodeRune(parts); !unicode.Is(ignored, first) {
		return false
	}
	return len(simplify(slices.Clone(parts))) == 0
}

// appendFolded appends the full case folding of text, which is valid UTF-8.
func appendFolded(dst, text []byte) []byte {
	dst, _, err := transform.Append(foldCase, dst, text)
	if err != nil {
		return append(dst[:0], text...) // folding is total; keep the text if it ever is not
	}
	return dst
}

// simplify takes from composed and folded text, in place, what is ignored and
// what accents are left, and makes two letters one where folding does not: i is
// an i without its dot, and of the two Cherokee cases, which cases.Fold swaps
// (golang/go#46101), the capital stays, as Unicode has it.
func simplify(text []byte) []byte {
	kept := text[:0]
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case unicode.Is(ignored, r), unicode.Is(accents, r):
		case r == 'ı':
			kept = append(kept, 'i')
		case unicode.Is(unicode.Cherokee, r):
			kept = utf8.AppendRune(kept, unicode.ToUpper(r)) // as long as r
		default:
			kept = append(kept, text[:size]...)
		}
		text = text[size:]
	}
	return kept
}
