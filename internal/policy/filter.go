package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a word list. They bound what a Filter costs: 10 to 60 MiB for ten
// thousand words, some 100 MiB for the longest list.
const (
	// MaxWords is the greatest number of words in a Filter.
	MaxWords = 20_000
	// MaxWordBytes is the greatest length of a word in bytes, as configured and
	// in its normal form.
	MaxWordBytes = 200
	// MaxListBytes is the greatest length of all words together, in bytes of
	// their normal forms.
	MaxListBytes = 1 << 20
)

// A Filter finds unwanted words in texts. It never changes and may be used by
// many goroutines at once; a new word list is a new Filter. The nil Filter and
// a Filter without words never hit.
//
// Words and texts are compared in a normal form that undoes the usual dodges:
//
//   - Case does not matter, by full Unicode folding; in addition ı and İ count
//     as i, so that Turkish capitals change nothing.
//   - Compatible forms are the same (NFKC): full-width and half-width letters,
//     mathematical letters, ligatures, circled letters; and so are composed and
//     decomposed accents. An accented letter stays another letter than the bare
//     one, but accents that form no letter with what they stand on, such as
//     strike-throughs, are ignored.
//   - Ignored wherever they stand: white space of every kind with tabs and
//     line ends, control characters, everything invisible (zero-width
//     characters, joiners, direction marks, soft hyphen, variation selectors,
//     fillers), and bytes that are not UTF-8.
//   - Ignored too: . , - _ * ~ ^ | / \ and quotes ' " ` with their full-width
//     forms, every other dash and connector, middle dots and bullets, 、 and 。,
//     and accents that stand alone (´ ¨).
//
// All other signs count, because words are made of them (c++, c#, @all, $$$) or
// because they end a thought: ! ? : ; + # @ $ % & = brackets, emoji. A word
// thus hits with or without the ignored signs: "3.14" also hits "314" and
// "3-14". Letters of different scripts that look alike are different letters.
//
// A word hits wherever it stands, also inside a longer word and across the
// ignored signs: Chinese has no spaces that could tell words apart, and those
// who dodge put them anywhere. Short words in scripts with spaces therefore
// hit by accident ("as so" holds "ass").
type Filter struct {
	table    *foldTable
	patterns automaton
	spelled  []string // by pattern: the word as configured
}

// NewFilter makes a Filter of the given words, at most [MaxWords] of at most
// [MaxWordBytes] each and [MaxListBytes] together. A word that is too long, not
// UTF-8, or made of ignored signs alone is an error that names its index. The
// same word twice is allowed.
//
// It takes up to two seconds and leaves up to 500 MiB of garbage behind for ten
// thousand words: not for the way of a message.
func NewFilter(words []string) (*Filter, error) {
	if len(words) > MaxWords {
		return nil, fmt.Errorf("%d words are more than %d", len(words), MaxWords)
	}
	if len(words) == 0 {
		return &Filter{}, nil
	}

	table := loadFoldTable()
	listed, err := normalWords(table, words)
	if err != nil {
		return nil, err
	}
	listed = withoutRedundant(listed)

	f := &Filter{table: table, spelled: make([]string, len(listed))}
	patterns := make([]string, len(listed))
	for i, w := range listed {
		patterns[i] = w.normal
		f.spelled[i] = words[w.index]
	}
	f.patterns = newAutomaton(patterns)
	return f, nil
}

// Match reports whether the texts hold a word of the list, and which: one that
// ends first, in its configured spelling. It is for logs; what the sender is
// told is up to the caller.
//
// The texts are read as one, in order and with nothing between them, as a
// client shows the elements of one message: a word cut in two by an element's
// border hits. Texts that are not shown together need a call each.
//
// The time grows with the length of the texts and hardly with the number of
// words: about 10 ns for a byte, and 100 ns from the first decomposed accent on.
func (f *Filter) Match(texts ...string) (word string, hit bool) {
	if f == nil || len(f.spelled) == 0 {
		return "", false
	}
	s := getScratch()
	defer s.release()
	for _, text := range texts {
		s.out = f.table.appendNormal(s.out, text, s)
	}
	pattern, hit := f.patterns.first(s.out)
	if !hit {
		return "", false
	}
	return f.spelled[pattern], true
}

// A listedWord is a word in its normal form and its place in the list.
type listedWord struct {
	normal string
	index  int
}

// normalWords brings the words into normal form, in the order of the list.
func normalWords(table *foldTable, words []string) ([]listedWord, error) {
	s := getScratch()
	defer s.release()
	listed := make([]listedWord, len(words))
	total := 0
	for i, word := range words {
		normal, err := normalWord(table, word, s)
		if err != nil {
			return nil, fmt.Errorf("word %d: %w", i, err)
		}
		total += len(normal)
		if total > MaxListBytes {
			return nil, fmt.Errorf("word %d: the list is longer than %d bytes", i, MaxListBytes)
		}
		listed[i] = listedWord{normal: normal, index: i}
	}
	return listed, nil
}

func normalWord(table *foldTable, word string, s *scratch) (string, error) {
	if len(word) > MaxWordBytes {
		return "", fmt.Errorf("%d bytes are more than %d", len(word), MaxWordBytes)
	}
	if !utf8.ValidString(word) {
		return "", errors.New("not UTF-8")
	}
	s.out = table.appendNormal(s.out[:0], word, s)
	if len(s.out) == 0 {
		return "", errors.New("nothing but ignored signs")
	}
	if len(s.out) > MaxWordBytes {
		return "", fmt.Errorf("%d bytes in normal form are more than %d", len(s.out), MaxWordBytes)
	}
	return string(s.out), nil
}

// withoutRedundant drops each word that begins or ends with another one: where
// it stands, the other one hits as well. Of two equal words the first stays.
//
// The automaton needs this to stay small. It keeps for each state a copy of
// all words that end there; now that is one word at most.
func withoutRedundant(words []listedWord) []listedWord {
	slices.SortStableFunc(words, func(a, b listedWord) int {
		return strings.Compare(a.normal, b.normal)
	})
	words = dropFollowers(words, strings.HasPrefix)

	slices.SortFunc(words, func(a, b listedWord) int {
		return compareFromEnd(a.normal, b.normal)
	})
	return dropFollowers(words, strings.HasSuffix)
}

// dropFollowers drops each word that extends the last one kept. In sorted words
// all extensions of a word follow it without a gap.
func dropFollowers(words []listedWord, extends func(word, kept string) bool) []listedWord {
	kept := words[:0]
	for _, w := range words {
		if n := len(kept); n > 0 && extends(w.normal, kept[n-1].normal) {
			continue
		}
		kept = append(kept, w)
	}
	return kept
}

// compareFromEnd orders strings by their last bytes first.
func compareFromEnd(a, b string) int {
	for i := 1; i <= min(len(a), len(b)); i++ {
		if d := int(a[len(a)-i]) - int(b[len(b)-i]); d != 0 {
			return d
		}
	}
	return len(a) - len(b)
}
