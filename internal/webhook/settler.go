package webhook

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/store"
)

// settleBatch is how many outcomes are stored at once.
const settleBatch = 512

// settlement is an outcome on its way into the store.
type settlement struct {
	store.Settlement

	queue *queue
	lane  *lane // nil for parked events
	turn  cluster.Turn
}

// settler stores outcomes in batches.
type settler struct {
	store   store.Store
	log     *slog.Logger
	waiting chan settlement
	// closing is closed when the program ends: what then cannot be stored is
	// left to the next start.
	closing chan struct{}
}

func newSettler(s store.Store, log *slog.Logger, most int) *settler {
	return &settler{store: s, log: log, waiting: make(chan settlement, most), closing: make(chan struct{})}
}

// add hands over an outcome. It gives up only at the end of the program, when
// the event will be delivered once more after the next start.
func (s *settler) add(ctx context.Context, o settlement) {
	select {
	case s.waiting <- o:
	case <-ctx.Done():
		select {
		case s.waiting <- o:
		default:
			o.turn.End()
		}
	}
}

// run stores outcomes until the channel is closed.
func (s *settler) run() {
	batch := make([]settlement, 0, settleBatch)
	for o := range s.waiting {
		batch = append(batch[:0], o)
		batch = s.fill(batch)
		s.write(batch)
		clear(batch) // what they held can go
	}
}

func (s *settler) fill(batch []settlement) []settlement {
	for len(batch) < settleBatch {
		select {
		case o, ok := <-s.waiting:
			if !ok {
				return batch
			}
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// write stores a batch, trying until it succeeds or the program ends. Later
// outcomes of an event come after earlier ones.
func (s *settler) write(batch []settlement) {
	defer func() {
		for i := range batch {
			batch[i].turn.End()
		}
	}()
	ctx := context.Background()
	var alive map[string]bool
	for n := 1; ; n++ {
		err := s.store.UpdateOwn(ctx, func(tx store.Tx) (err error) {
			if alive, err = living(ctx, tx, batch); err != nil {
				return err
			}
			outcomes := make([]store.Settlement, 0, len(batch))
			for i := range batch {
				if alive[batch[i].turn.Node()] {
					outcomes = append(outcomes, batch[i].Settlement)
				}
			}
			return tx.Settle(ctx, outcomes)
		})
		if err == nil {
			break
		}
		s.log.Error("webhook outcomes could not be stored, deliveries wait", "outcomes", len(batch), "error", err)
		select {
		case <-time.After(min(time.Duration(n)*100*time.Millisecond, time.Second)):
		case <-s.closing:
			s.log.Error("webhook outcomes are not stored, their events will be delivered again after the next start", "outcomes", len(batch), "error", err)
			return
		}
	}
	refused := 0
	for _, o := range batch {
		stored := alive[o.turn.Node()]
		if !stored {
			refused++
		}
		switch {
		case o.lane == nil:
			o.queue.parkedSettled(o.EventID)
		case stored:
			o.queue.settled(o.lane, o.EventID)
		default:
			o.queue.refused(o.lane, o.EventID)
		}
	}
	if refused > 0 {
		s.log.Warn("webhook outcomes were not stored because this node was taken for dead, the events are delivered again", "outcomes", refused)
	}
}

// living returns which of the nodes under whose names things were begun may store what
// came of them. Nobody becomes dead while the transaction lasts.
func living(ctx context.Context, tx store.Tx, batch []settlement) (map[string]bool, error) {
	alive := map[string]bool{"": true}
	if !slices.ContainsFunc(batch, func(o settlement) bool { return o.turn.Node() != "" }) {
		return alive, nil
	}
	nodes, err := tx.ListNodes(ctx)
	for i := range nodes {
		alive[nodes[i].ID] = true
	}
	return alive, err
}
