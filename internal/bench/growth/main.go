// Command growth measures what a send costs the store when much is stored already:
// over 10⁵ to 10⁷ messages, and over 10 to 10⁵ groups. Each size has a database of
// its own, and all take turns, so that what else happens on the machine happens to
// all of them.
//
//	go run . --store sqlite --store postgres://parley@127.0.0.1:5432/postgres --out ../../../docs/images
//
// The stores are the product's. What is stored already comes from statements that
// write the rows of messages as sends do, many at a time; sends are store.Append with
// a member who sends and an event, as the product makes them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// size is what a database holds.
type size struct{ messages, groups int }

// point is a measurement: sends into some of the groups of a database, which are
// spread over all.
type point struct {
	size
	active int
}

// fillers is how many databases are filled at the same time.
const fillers = 4

// few is how many groups are in use where a plot tells few from all.
const few = 10

func points(messages, groups []int, some size) []point {
	var all []point
	for _, n := range messages {
		all = append(all, point{size{n, some.groups}, some.groups})
	}
	for _, n := range groups {
		s := size{some.messages, n}
		all = append(all, point{s, n}, point{s, min(n, few)})
	}
	seen := make(map[point]bool)
	return slices.DeleteFunc(all, func(p point) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

type options struct {
	stores   []string
	dir, out string
	messages []int
	groups   []int
	some     size
	rounds   int
	sends    int
}

func main() {
	o := options{
		messages: []int{100_000, 1_000_000, 10_000_000},
		groups:   []int{10, 100, 1000, 10_000, 100_000},
		some:     size{messages: 1_000_000, groups: 1000},
	}
	flag.Func("store", "sqlite, or the `URL` of a PostgreSQL server in which databases may be made; may be repeated", func(text string) error {
		o.stores = append(o.stores, text)
		return nil
	})
	flag.StringVar(&o.dir, "dir", os.TempDir(), "where SQLite's files are made; all of it takes about 7 GB")
	flag.StringVar(&o.out, "out", ".", "where the plots go")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each size takes its turn")
	flag.IntVar(&o.sends, "sends", 20_000, "sends of a turn")
	small := flag.Bool("small", false, "a hundredth of everything, to try the program")
	flag.Parse()
	if len(o.stores) == 0 {
		o.stores = []string{sqliteStore}
	}
	if *small {
		o.messages, o.groups, o.some = []int{1000, 10_000, 100_000}, []int{10, 100, 1000}, size{10_000, 100}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o *options) (err error) {
	results := make(map[string]map[point]*result)
	engines := make([]engine, 0, len(o.stores))
	defer func() {
		for _, e := range engines {
			e.clean()
		}
	}()
	for _, text := range o.stores {
		e, err := newEngine(ctx, text, o.dir)
		if err != nil {
			return err
		}
		engines = append(engines, e)
		results[e.name()] = make(map[point]*result)
	}
	all := points(o.messages, o.groups, o.some)
	databases, err := fillAll(ctx, engines, all)
	if err != nil {
		return err
	}
	for round := range o.rounds {
		slices.Reverse(all)
		for _, p := range all {
			for _, e := range engines {
				m, err := measure(ctx, e, databases[place{e, p.size}], p.active, o.sends)
				if err != nil {
					return fmt.Errorf("%s with %d messages in %d groups: %w", e.name(), p.messages, p.groups, err)
				}
				if results[e.name()][p] == nil {
					results[e.name()][p] = new(result)
				}
				results[e.name()][p].add(m)
				log.Printf("round %d of %d, %s, %d messages, %d of %d groups: %s", round+1, o.rounds, e.name(), p.messages, p.active, p.groups, m)
			}
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		return slices.Compare([]int{a.messages, a.groups, a.active}, []int{b.messages, b.groups, b.active})
	})
	fmt.Fprint(os.Stdout, table(engines, all, results))
	return draw(o, engines, results)
}

// place is where a database is and what it holds.
type place struct {
	engine engine
	size   size
}

// fillAll makes the databases of all points, several at the same time.
func fillAll(ctx context.Context, engines []engine, all []point) (map[place]*database, error) {
	databases := make(map[place]*database)
	for _, e := range engines {
		for _, p := range all {
			databases[place{e, p.size}] = new(database)
		}
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(fillers)
	for at, d := range databases {
		work.Go(func() error {
			began := time.Now()
			if err := d.fill(ctx, at.engine, at.size); err != nil {
				return fmt.Errorf("%s with %d messages in %d groups: %w", at.engine.name(), at.size.messages, at.size.groups, err)
			}
			log.Printf("%s holds %d messages in %d groups, %s", at.engine.name(), at.size.messages, at.size.groups, time.Since(began).Round(time.Second))
			return nil
		})
	}
	return databases, work.Wait()
}

// table is all medians in Markdown.
func table(engines []engine, all []point, results map[string]map[point]*result) string {
	var b strings.Builder
	b.WriteString("| store | messages | groups | of them in use | sends/s | p50 | p99 | CPU per send | thereof PostgreSQL | newest page |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, e := range engines {
		for _, p := range all {
			m := results[e.name()][p].median()
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %.0f | %.1f ms | %.1f ms | %.0f µs | %.0f µs | %.2f ms |\n",
				e.name(), p.messages, p.groups, p.active, m.rate, m.p50, m.p99, m.cpu+m.engine, m.engine, m.page)
		}
	}
	return b.String()
}
