package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFilterMatch(t *testing.T) {
	t.Parallel()

	type result struct {
		Word string
		Hit  bool
	}
	words := func(w ...string) []string { return w }
	miss := result{}
	hit := func(word string) result { return result{word, true} }

	tests := []struct {
		name  string
		words []string
		texts []string
		want  result
	}{
		{"no words", nil, words("anything"), miss},
		{"no texts", words("spam"), nil, miss},
		{"empty text", words("spam"), words(""), miss},
		{"clean text", words("spam"), words("ham and eggs"), miss},
		{"the text is the word", words("spam"), words("spam"), hit("spam")},
		{"inside a longer word", words("spam"), words("antispammer"), hit("spam")},
		{"the second word", words("spam", "scam"), words("a scam"), hit("scam")},
		{"after a false start", words("aab"), words("aaab"), hit("aab")},
		{"the word that ends first", words("bcde", "abc"), words("abcde"), hit("abc")},
		{"a word inside another one", words("abcdef", "cd"), words("abcdef"), hit("cd")},
		{"a word that begins another one", words("abcdef", "abc"), words("abcdef"), hit("abc")},
		{"a word that ends another one", words("abcdef", "def"), words("abcdef"), hit("def")},
		{"the same word twice", words("spam", "SPAM"), words("Spam"), hit("spam")},
		{"the configured spelling is returned", words("S-P.a m"), words("spam"), hit("S-P.a m")},

		{"capitals in the text", words("spam"), words("SpAM"), hit("spam")},
		{"capitals in the word", words("SPAM"), words("spam"), hit("SPAM")},
		{"Greek final sigma", words("ΟΔΟΣ"), words("οδος"), hit("ΟΔΟΣ")},
		{"Cyrillic capitals", words("спам"), words("СПАМ"), hit("спам")},
		{"sharp s", words("straße"), words("STRASSE"), hit("straße")},
		{"capital sharp s", words("strasse"), words("STRAẞE"), hit("strasse")},
		{"Turkish capitals without a dot", words("kızıl"), words("KIZIL"), hit("kızıl")},
		{"Turkish capitals with a dot", words("izmir"), words("İZMİR"), hit("izmir")},
		{"Cherokee small letters", words("ᏣᎳᎩ"), words("ꮳꮃꭹ"), hit("ᏣᎳᎩ")},
		{"Cherokee capitals", words("ꮳꮃꭹ"), words("ᏣᎳᎩ"), hit("ꮳꮃꭹ")},
		{"Kelvin sign", words("kelvin"), words("\u212aelvin"), hit("kelvin")},

		{"full-width letters", words("spam"), words("ＳＰａｍ"), hit("spam")},
		{"full-width word", words("ＳＰａｍ"), words("spam"), hit("ＳＰａｍ")},
		{"half-width katakana", words("バカ"), words("ﾊﾞｶ"), hit("バカ")},
		{"mathematical letters", words("spam"), words("𝓼𝗽𝕒𝚖"), hit("spam")},
		{"circled letters", words("spam"), words("ⓈⓅⓐⓜ"), hit("spam")},
		{"ligature", words("office"), words("oﬃce"), hit("office")},
		{"decomposed accent", words("café"), words("cafe\u0301"), hit("café")},
		{"accent held apart by another form", words("cafe.\u0301"), words("cafe．\u0301"), hit("cafe.\u0301")},
		{"accents that stand alone", words("spam"), words("s´p¨a˘m"), hit("spam")},
		{"decomposed word", words("cafe\u0301"), words("CAFÉ"), hit("cafe\u0301")},
		{"accent held apart", words("café"), words("cafe\u200d\u0301"), hit("café")},
		{"decomposed Korean", words("한국"), words("\u1112\u1161\u11ab\u1100\u116e\u11a8"), hit("한국")},

		{"spaces", words("spam"), words("s p a m"), hit("spam")},
		{"spaces in the word", words("free money"), words("freemoney"), hit("free money")},
		{"tabs and lines", words("spam"), words("s\tp\r\na\n\nm"), hit("spam")},
		{"spaces of every kind", words("spam"), words("s\u00a0p\u2003\u202f\u205fa\u3000\u1680m"), hit("spam")},
		{"zero-width characters", words("spam"), words("s\u200bp\u200c\u200da\u200e\u200f\ufeff\u2060m"), hit("spam")},
		{"soft hyphen", words("spam"), words("s\u00adp\u00ada\u00adm"), hit("spam")},
		{"grapheme joiner and variation selectors", words("spam"), words("s\u034fp\ufe0fa\U000e0100m"), hit("spam")},
		{"direction marks", words("spam"), words("\u202es\u2066p\u061ca\u2069m\u202c"), hit("spam")},
		{"Hangul and Braille blanks", words("spam"), words("s\u3164p\u115fa\u2800m"), hit("spam")},
		{"tag characters", words("spam"), words("s\U000e0061p\U000e007fam"), hit("spam")},
		{"control characters", words("spam"), words("s\x00p\x7fa\u0085m"), hit("spam")},
		{"broken UTF-8", words("spam"), words("s\xffp\xe4\xbda\ufffdm"), hit("spam")},
		{"dots, dashes, underscores and stars", words("spam"), words("s.p-a_*m"), hit("spam")},
		{"other dashes and connectors", words("spam"), words("s—p‐a‿m"), hit("spam")},
		{"full-width separators", words("spam"), words("s．p－a＿＊m"), hit("spam")},
		{"ellipsis", words("spam"), words("s…p‥a·m"), hit("spam")},
		{"strike-through", words("spam"), words("s\u0336p\u0336a\u0336m\u0336"), hit("spam")},
		{"apostrophes", words("don't"), words("DON’T"), hit("don't")},

		{"Korean letters one by one", words("한국"), words("ㅎㅏㄴㄱㅜㄱ"), miss}, // finals are other letters
		{"Korean letters, syllables without finals", words("바보"), words("ㅂㅏ ㅂㅗ"), hit("바보")},
		{"Chinese without spaces", words("敏感"), words("这是一个敏感词汇"), hit("敏感")},
		{"Chinese with separators", words("敏感词"), words("敏 感*词"), hit("敏感词")},
		{"Chinese with marks between", words("敏感词"), words("敏、感。词"), hit("敏感词")},
		{"half of a Chinese word", words("敏感词"), words("敏感"), miss},
		{"same bytes across characters", words("\u4e80"), words("\u4e7f\u4e81"), miss},
		{"Korean syllable that begins another one", words("가"), words("각"), miss},
		{"emoji beside the word", words("spam"), words("❤️spam👍🏽"), hit("spam")},
		{"emoji word", words("🔪"), words("a 🔪!"), hit("🔪")},

		{"another accent is another word", words("cafe"), words("café"), miss},
		{"signs that count separate", words("spam"), words("s!p?a#m"), miss},
		{"signs that count are part of the word", words("c++"), words("I like C++ a lot"), hit("c++")},
		{"a sign of the word is missing", words("c++"), words("c and c#"), miss},
		{"emoji inside the word", words("spam"), words("sp👍am"), miss},
		{"look-alike of another script", words("spam"), words("sрam"), miss},

		{"in the second text", words("spam"), words("clean", "spam"), hit("spam")},
		{"across two texts", words("spam"), words("sp", "", "am"), hit("spam")},
		{"an accent does not cross texts", words("cafe"), words("cafe", "\u0301"), hit("cafe")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := mustFilter(t, tt.words)
			var got result
			got.Word, got.Hit = f.Match(tt.texts...)
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("Match(%q) with %q (-got +want):\n%s", tt.texts, tt.words, diff)
			}
		})
	}
}

func TestNilFilterNeverHits(t *testing.T) {
	t.Parallel()
	var f *Filter
	if word, hit := f.Match("anything"); hit {
		t.Errorf("hit %q", word)
	}
}

func TestNewFilterRefuses(t *testing.T) {
	t.Parallel()
	repeat := func(n int, word string) []string {
		words := make([]string, n)
		for i := range words {
			words[i] = word
		}
		return words
	}
	tests := []struct {
		name  string
		words []string
		want  string
	}{
		{"too many words", repeat(MaxWords+1, "a"), "20001 words are more than 20000"},
		{"too long a word", []string{"a", strings.Repeat("b", MaxWordBytes+1)}, "word 1: 201 bytes are more than 200"},
		{"too long a normal form", []string{strings.Repeat("\ufdfa", 10)}, "word 0: 300 bytes in normal form are more than 200"},
		{"empty word", []string{"a", "b", ""}, "word 2: nothing but ignored signs"},
		{"ignored signs alone", []string{" \t-*\u200b…"}, "word 0: nothing but ignored signs"},
		{"not UTF-8", []string{"spam", "sp\xffam"}, "word 1: not UTF-8"},
		{"too long a list", repeat(MaxWords, strings.Repeat("a", MaxWordBytes)), "word 5242: the list is longer than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := NewFilter(tt.words)
			if err == nil {
				t.Fatalf("no error, want %q", tt.want)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
			if f != nil {
				t.Error("a Filter comes with the error")
			}
		})
	}
}

func TestFilterKeepsNothingOfItsArguments(t *testing.T) {
	t.Parallel()
	words := []string{"spam", "scam"}
	f := mustFilter(t, words)
	words[0], words[1] = "x", "y"
	if word, _ := f.Match("spam"); word != "spam" {
		t.Errorf("hit %q, want spam", word)
	}
}

// A list too long for the deterministic automaton finds the same.
func TestFilterLongList(t *testing.T) {
	t.Parallel()
	s := scripts[1]
	s.runes = 12
	words := s.words(MaxWords)
	if n := dfaBytes(words); n <= maxDFABytes {
		t.Fatalf("the list takes %d bytes: not long enough for this test", n)
	}
	f := mustFilter(t, words)
	text := s.sample(500)
	if word, hit := f.Match(text); hit {
		t.Errorf("clean text hit %q", word)
	}
	for i := 0; i < len(words); i += 97 {
		if word, hit := f.Match(text, words[i], text); !hit || word != words[i] {
			t.Fatalf("word %d: Match = %q, %t, want %q", i, word, hit, words[i])
		}
	}
}

func TestFilterConcurrentMatches(t *testing.T) {
	t.Parallel()
	words := scripts[1].words(200)
	f := mustFilter(t, words)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			text := scripts[g%len(scripts)].sample(300)
			for i := range 200 {
				word := words[(g*31+i)%len(words)]
				if got, hit := f.Match(text, "e\u0301", word); !hit || got != word {
					t.Errorf("Match = %q, %t, want %q", got, hit, word)
					return
				}
				if got, hit := f.Match(text); hit {
					t.Errorf("clean text hit %q", got)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestEmptyFilterDoesNotAllocate(t *testing.T) {
	f := mustFilter(t, nil)
	text := scripts[0].sample(12 << 10)
	if n := testing.AllocsPerRun(100, func() { f.Match(text, text) }); n != 0 {
		t.Errorf("%v allocations for each text, want none", n)
	}
}

func TestDFABytes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		patterns        []string
		states, classes int
	}{
		{"one byte", []string{"b"}, 2 + 2, 3},
		{"lowest byte", []string{"\x00"}, 2 + 2, 2},
		{"highest byte", []string{"\xff"}, 2 + 2, 2},
		{"neighbours", []string{"bc"}, 2 + 3, 4},
		{"shared beginnings in any order", []string{"abc", "b", "abd"}, 2 + 6, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := trieStates(tt.patterns); got != tt.states {
				t.Errorf("trieStates = %d, want %d", got, tt.states)
			}
			if got := byteClasses(tt.patterns); got != tt.classes {
				t.Errorf("byteClasses = %d, want %d", got, tt.classes)
			}
		})
	}
}

// FuzzFilterFinds holds the Filter against a plain search for each word.
func FuzzFilterFinds(f *testing.F) {
	f.Add("spam,scam,am", "some spam")
	f.Add("abcd,bc,bcd", "abce")
	f.Add("aab,ab,b", "aaab")
	f.Add("敏感词,感", "敏-感")
	f.Add("e\u0301,\u0301,ﬁ", "cafe\u0301 ﬁ")
	f.Fuzz(func(t *testing.T, list, text string) {
		words := strings.Split(list, ",")
		filter, err := NewFilter(words)
		if err != nil {
			t.Skip()
		}
		s := new(scratch)
		normal := string(appendNormalSlow(nil, text, s))
		want := false
		for _, w := range words {
			want = want || strings.Contains(normal, string(appendNormalSlow(nil, w, s)))
		}
		word, hit := filter.Match(text)
		if hit != want {
			t.Fatalf("Match(%q) with %q = %q, %t, want %t", text, words, word, hit, want)
		}
		if hit && !strings.Contains(normal, string(appendNormalSlow(nil, word, s))) {
			t.Fatalf("Match(%q) with %q = %q, which is not there", text, words, word)
		}
	})
}

// FuzzFilterDodged disguises a word in every way that a Filter promises to see
// through.
func FuzzFilterDodged(f *testing.F) {
	for i, word := range []string{"spam", "C++", "敏感词", "café", "cafe\u0301", "ΟΔΟΣ", "straße", "ﾊﾞｶ", "한국", "a\u0345\u0301", "ꭻ"} {
		f.Add(word, uint64(i))
	}
	f.Fuzz(func(t *testing.T, word string, seed uint64) {
		filter, err := NewFilter([]string{word})
		if err != nil {
			t.Skip()
		}
		text := "!" + disguise(word, rand.New(rand.NewPCG(seed, 0))) + "?"
		if got, hit := filter.Match(text); !hit || got != word {
			t.Errorf("Match(%+q) = %+q, %t, want %+q", text, got, hit, word)
		}
	})
}

// disguise changes the case and width of the letters of word and puts ignored
// characters before, between and after them.
func disguise(word string, rnd *rand.Rand) string {
	var b strings.Builder
	for _, r := range word {
		for range rnd.IntN(4) {
			b.WriteRune(someIgnored(rnd))
		}
		b.WriteRune(otherCase(r, rnd))
	}
	b.WriteRune(someIgnored(rnd))
	return b.String()
}

func someIgnored(rnd *rand.Rand) rune {
	if n := rnd.IntN(len(ignored.R16) + len(ignored.R32)); n < len(ignored.R16) {
		span := ignored.R16[n]
		steps := int(span.Hi-span.Lo)/int(span.Stride) + 1
		return rune(span.Lo) + rune(rnd.IntN(steps)*int(span.Stride))
	}
	span := ignored.R32[rnd.IntN(len(ignored.R32))]
	steps := int(span.Hi-span.Lo)/int(span.Stride) + 1
	return rune(span.Lo) + rune(rnd.IntN(steps)*int(span.Stride))
}

// otherCase returns a character that folds to the same as r, or its full-width
// form. Accents stay as they are: the one that has a capital has it as a letter
// of its own, in another place of the order of accents.
func otherCase(r rune, rnd *rand.Rand) rune {
	if joins(string(r)) {
		return r
	}
	for range rnd.IntN(4) {
		if other := unicode.SimpleFold(r); !joins(string(other)) {
			r = other
		}
	}
	if '!' <= r && r <= '~' && rnd.IntN(3) == 0 {
		r += '！' - '!'
	}
	return r
}

// FuzzNormal holds the two ways to the normal form against each other.
func FuzzNormal(f *testing.F) {
	for _, text := range []string{
		"", "Plain ASCII.", "敏感 词", "Straße", "cafe\u0301", "e\u034f\u0301¨\u0301", "ﾊﾞﾊﾟ", "\u1100\u1161\u11a8",
		"ﬁ\u0301", "I\u0307 İ ı", "J\u030c ǰ", "\u0345α\u0345\u0301", "s\xffp\xe4", "🇩🇪❤️👍🏽", "\ufdfa", "\u0344\u0f73\u0f75", "\u13eeᏸ", "ㄱㅏㄳ か゛",
	} {
		f.Add(text)
	}
	table := loadFoldTable()
	f.Fuzz(func(t *testing.T, text string) {
		s := new(scratch)
		fast := string(table.appendNormal(nil, text, s))
		slow := string(appendNormalSlow(nil, text, s))
		if fast != slow {
			t.Errorf("%+q: fast %+q, slow %+q", text, fast, slow)
		}
		if again := string(appendNormalSlow(nil, slow, s)); again != slow {
			t.Errorf("%+q: normal form %+q has another one: %+q", text, slow, again)
		}
		if !utf8.ValidString(slow) {
			t.Errorf("%+q: normal form %+q is not UTF-8", text, slow)
		}
	})
}

// What the table leaves out has itself as normal form, and nothing joins in it.
func TestFoldTableIsComplete(t *testing.T) {
	t.Parallel()
	table, s := loadFoldTable(), new(scratch)
	listed := func(r rune) bool {
		for _, span := range foldRanges {
			if span[0] <= r && r <= span[1] {
				return true
			}
		}
		return false
	}
	for r := range rune(utf8.MaxRune + 1) {
		if !utf8.ValidRune(r) || listed(r) {
			continue
		}
		text := string(r)
		if normal := string(appendNormalSlow(nil, text, s)); normal != text || joins(text) {
			t.Fatalf("%U has the normal form %+q (joins: %t) and is not in the table", r, normal, joins(text))
		}
	}
	if n := len(table.pages); n > 200 {
		t.Errorf("the table has %d pages, want at most 200", n)
	}
}

// The table agrees with its definition about each character beside one that it
// may join.
func TestFoldTableAgreesBesideOthers(t *testing.T) {
	t.Parallel()
	table, s := loadFoldTable(), new(scratch)
	for _, base := range []string{"e", "か", "\u1100", "가"} {
		for _, span := range foldRanges {
			for r := span[0]; r <= span[1]; r++ {
				text := base + string(r)
				fast := string(table.appendNormal(nil, text, s))
				slow := string(appendNormalSlow(nil, text, s))
				if fast != slow {
					t.Errorf("%+q: fast %+q, slow %+q", text, fast, slow)
				}
			}
		}
	}
}

// Whatever has no normal form keeps no accent from its letter.
func TestIgnoredCharactersHoldNothingApart(t *testing.T) {
	t.Parallel()
	table, s := loadFoldTable(), new(scratch)
	for r := range rune(utf8.MaxRune + 1) {
		if !utf8.ValidRune(r) || table.lookup(r) != foldNone {
			continue
		}
		text := "e" + string(r) + "\u0301"
		if got := string(table.appendNormal(nil, text, s)); got != "é" {
			t.Errorf("with %U between, e and its accent become %+q", r, got)
		}
	}
}

func TestNormalFormDoesNotAllocate(t *testing.T) {
	table, s := loadFoldTable(), new(scratch)
	for _, sc := range scripts {
		text := sc.sample(12 << 10)
		n := testing.AllocsPerRun(20, func() { s.out = table.appendNormal(s.out[:0], text, s) })
		if n != 0 {
			t.Errorf("%s: %v allocations for each text, want none", sc.name, n)
		}
	}
}

func ExampleFilter() {
	f, err := NewFilter([]string{"free money", "敏感词"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Match("get F R E E - m\u200bo\u200bney"))
	fmt.Println(f.Match("ｆｒｅｅ", "ＭＯＮＥＹ"))
	fmt.Println(f.Match("freedom, money"))
	// Output:
	// free money true
	// free money true
	//  false
}
