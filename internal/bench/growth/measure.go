package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// callers is how many send at the same time.
	callers = 64
	// pages is how many newest pages are read, and pageLength how long they are.
	pages, pageLength = 200, 20
)

// figures are those of one turn: times of a send in milliseconds, processor time of
// this process and of the database server for each send in microseconds.
type figures struct{ rate, p50, p99, cpu, engine, page float64 }

func (f figures) String() string {
	return fmt.Sprintf("%.0f sends/s, p50 %.1f ms, p99 %.1f ms, CPU %.0f + %.0f µs, page %.2f ms", f.rate, f.p50, f.p99, f.cpu, f.engine, f.page)
}

// result is the turns of one point.
type result struct{ turns []figures }

func (r *result) add(f figures) { r.turns = append(r.turns, f) }

// median is the middle of each figure.
func (r *result) median() figures {
	middle := func(of func(figures) float64) float64 {
		values := make([]float64, 0, len(r.turns))
		for _, f := range r.turns {
			values = append(values, of(f))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figures{
		rate:   middle(func(f figures) float64 { return f.rate }),
		p50:    middle(func(f figures) float64 { return f.p50 }),
		p99:    middle(func(f figures) float64 { return f.p99 }),
		cpu:    middle(func(f figures) float64 { return f.cpu }),
		engine: middle(func(f figures) float64 { return f.engine }),
		page:   middle(func(f figures) float64 { return f.page }),
	}
}

// random tells apart the sends of all turns.
var random atomic.Uint32

// measure sends into some groups of a database, after a tenth of that to warm up.
func measure(ctx context.Context, e engine, d *database, active, sends int) (f figures, err error) {
	s, err := e.open(ctx, d.file)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	groups := make([]group, 0, active)
	for i := range active {
		groups = append(groups, d.groups[i*len(d.groups)/active])
	}
	if _, err := load(ctx, s, groups, max(sends/10, callers)); err != nil {
		return f, err
	}
	cpu, engine, began := processTime(), e.time(), time.Now()
	times, err := load(ctx, s, groups, sends)
	if err != nil {
		return f, err
	}
	took, n := time.Since(began), float64(len(times))
	f.rate = n / took.Seconds()
	f.cpu, f.engine = micros(processTime()-cpu)/n, micros(e.time()-engine)/n
	f.p50, f.p99 = micros(times[len(times)/2])/1000, micros(times[len(times)*99/100])/1000
	f.page, err = readPages(ctx, s, groups)
	return f, err
}

// load sends and returns how long each send took, sorted.
func load(ctx context.Context, s store.Store, groups []group, sends int) ([]time.Duration, error) {
	text := body(sentBytes)
	times := make([][]time.Duration, callers)
	failures := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for range sends / callers {
				began := time.Now()
				if failures[i] = send(ctx, s, &groups[rand.IntN(len(groups))], text); failures[i] != nil {
					return
				}
				times[i] = append(times[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	return all, errors.Join(failures...)
}

func send(ctx context.Context, s store.Store, g *group, text []byte) error {
	m := &chat.Message{Sender: sender, Random: random.Add(1), Priority: chat.PriorityNormal, Body: chat.Body{JSON: text}}
	appended, err := s.Append(ctx, &store.Append{
		App: app, Conversation: g.conversation, Revision: g.revision, Sequence: store.Stored, Message: m, DuplicateKey: m.DuplicateKey(g.conversation), Member: true,
		Events: func() []event.Outgoing {
			return []event.Outgoing{{SDKAppID: app, Command: "Group.CallbackAfterSendMsg", Conversation: "group:" + g.id, Body: text}}
		},
	})
	if err == nil && appended.Duplicate {
		return errors.New("a send was taken for another one")
	}
	return err
}

// readPages is how long the newest page of a group's history takes, in milliseconds:
// the median of several.
func readPages(ctx context.Context, s store.Store, groups []group) (float64, error) {
	times := make([]time.Duration, 0, pages)
	for range pages {
		began := time.Now()
		if err := s.View(ctx, func(tx store.Tx) error {
			page, err := tx.ListMessages(ctx, groups[rand.IntN(len(groups))].conversation, store.MessagePage{Limit: pageLength})
			if err == nil && len(page) == 0 {
				return errors.New("a group has no messages")
			}
			return err
		}); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return micros(times[pages/2]) / 1000, nil
}

func processTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for wrong arguments only
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
