package policy

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// A script makes random words and texts of one writing system. Its words hold
// a letter that its texts lack, so that no text is short-cut by a hit.
type script struct {
	name  string
	text  func(*rand.Rand) rune
	rare  rune
	runes int // of a word, at least
}

var scripts = []script{
	{"latin", func(r *rand.Rand) rune { return rune("etaoin shrdlu cmfwyp vbgkjq x"[r.IntN(29)]) }, 'z', 5},
	{"han", func(r *rand.Rand) rune { return 0x4e00 + rune(r.IntN(3000)) }, 0x9000, 2},
	{"cyrillic", func(r *rand.Rand) rune { return 'А' + rune(r.IntN(63)) }, 'ё', 5},
}

func (s script) words(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := make([]string, n)
	for i := range words {
		var b strings.Builder
		for range s.runes + rnd.IntN(4) {
			b.WriteRune(s.text(rnd))
		}
		b.WriteRune(s.rare)
		words[i] = b.String()
	}
	return words
}

func (s script) sample(size int) string {
	rnd := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for b.Len() < size {
		b.WriteRune(s.text(rnd))
	}
	return b.String()[:size]
}

func mustFilter(tb testing.TB, words []string) *Filter {
	tb.Helper()
	f, err := NewFilter(words)
	if err != nil {
		tb.Fatalf("NewFilter: %v", err)
	}
	return f
}

func benchmarkMatch(b *testing.B, f *Filter, text string, want bool) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, hit := f.Match(text); hit != want {
			b.Fatalf("hit = %t, want %t", hit, want)
		}
	}
}

func BenchmarkFilterMatch(b *testing.B) {
	for _, s := range scripts {
		for _, words := range []int{1000, 10_000} {
			f := mustFilter(b, s.words(words))
			for _, size := range []int{100, 1 << 10, 12 << 10} {
				name := fmt.Sprintf("%s/words=%d/bytes=%d", s.name, words, size)
				b.Run(name, func(b *testing.B) { benchmarkMatch(b, f, s.sample(size), false) })
			}
		}
	}
}

func BenchmarkFilterMatchParallel(b *testing.B) {
	s := scripts[1]
	f, text := mustFilter(b, s.words(10_000)), s.sample(1<<10)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, hit := f.Match(text); hit {
				b.Error("hit")
			}
		}
	})
}

func BenchmarkFilterEmpty(b *testing.B) {
	benchmarkMatch(b, mustFilter(b, nil), scripts[0].sample(12<<10), false)
}

// Decomposed accents take the slow way to the normal form.
func BenchmarkFilterDecomposed(b *testing.B) {
	text := strings.Repeat("re\u0301sume\u0301 ", 12<<10/11)
	benchmarkMatch(b, mustFilter(b, scripts[0].words(10_000)), text, false)
}

// A list too long for the deterministic automaton.
func BenchmarkFilterLongList(b *testing.B) {
	s := scripts[1]
	s.runes = 12
	f := mustFilter(b, s.words(MaxWords))
	for _, size := range []int{100, 1 << 10, 12 << 10} {
		b.Run(strconv.Itoa(size), func(b *testing.B) { benchmarkMatch(b, f, s.sample(size), false) })
	}
}

func BenchmarkNewFilter(b *testing.B) {
	loadFoldTable()
	for _, s := range scripts {
		words := s.words(10_000)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustFilter(b, words)
			}
		})
	}
}

func BenchmarkNewFoldTable(b *testing.B) {
	for b.Loop() {
		newFoldTable()
	}
}

// A groupKey is what the caller of a Limiter would use.
type groupKey struct {
	app   uint32
	group string
}

func groupKeys(n int) []groupKey {
	keys := make([]groupKey, n)
	for i := range keys {
		keys[i] = groupKey{1400000001, "@TGS#" + strconv.Itoa(i)}
	}
	return keys
}

func BenchmarkLimiterAllow(b *testing.B) {
	for _, groups := range []int{1, 1000, 50_000} {
		b.Run("groups="+strconv.Itoa(groups), func(b *testing.B) {
			keys := groupKeys(groups)
			l := NewLimiter[groupKey](time.Now, time.Second, 100_000)
			for _, k := range keys {
				l.Allow(k, 40)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				l.Allow(keys[i%len(keys)], 40)
			}
		})
	}
}

func BenchmarkLimiterAllowParallel(b *testing.B) {
	for _, groups := range []int{1, 1000, 50_000} {
		b.Run("groups="+strconv.Itoa(groups), func(b *testing.B) {
			keys := groupKeys(groups)
			l := NewLimiter[groupKey](time.Now, time.Second, 100_000)
			for _, k := range keys {
				l.Allow(k, 40)
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.SetParallelism(32) // 64 senders on two cores
			b.RunParallel(func(pb *testing.PB) {
				for i := rand.IntN(groups); pb.Next(); i++ {
					l.Allow(keys[i%len(keys)], 40)
				}
			})
		})
	}
}

// More keys come by than are remembered: each one takes another one's place.
func BenchmarkLimiterNewKeys(b *testing.B) {
	keys := groupKeys(200_000)
	clock := newFakeClock()
	l := NewLimiter[groupKey](clock.Now, time.Second, 10_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		clock.Move(time.Millisecond)
		l.Allow(keys[i%len(keys)], 40)
	}
}

// The nearest thing made of token buckets, without a bound and without shards,
// to compare.
func BenchmarkTokenBuckets(b *testing.B) {
	for _, groups := range []int{1, 1000, 50_000} {
		b.Run("groups="+strconv.Itoa(groups), func(b *testing.B) {
			var mu sync.Mutex
			buckets := make(map[groupKey]*rate.Limiter)
			keys := groupKeys(groups)
			for _, k := range keys {
				buckets[k] = rate.NewLimiter(40, 40)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now := time.Now()
				mu.Lock()
				l := buckets[keys[i%len(keys)]]
				mu.Unlock()
				if l.Limit() != 40 {
					l.SetLimitAt(now, 40)
					l.SetBurstAt(now, 40)
				}
				l.AllowN(now, 1)
			}
		})
	}
}
