package webhook

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/store"
)

const (
	// scanPage is how many conversations a scan asks the store for at once.
	scanPage = 256
	// scanPause is how long scanning rests when the store could not be read, or
	// when conversations were hidden again behind its back.
	scanPause = time.Second
)

// hidden is what a queue knows of conversations that have pending events in the
// store but no lane. The queue's mutex guards it.
type hidden struct {
	// some says that there may be such conversations; again that another was
	// hidden since the scan began at the first name.
	some, again bool
	// scanning is set while a scan runs or rests.
	scanning bool
	// scannedTo is the name behind which the scan goes on.
	scannedTo string
}

// add notes that a conversation is hidden.
func (h *hidden) add() { h.some, h.again = true, true }

// mayScan reports whether there may be something to find, and room for it.
func (q *queue) mayScan() bool {
	return q.hidden.some && len(q.lanes) <= q.limits.lanes*3/4
}

// scan gives lanes to hidden conversations, as many as fit.
func (q *queue) scan(ctx context.Context) {
	after := q.scanBegins()
	for {
		var names []string
		err := q.store.Peek(ctx, func(tx store.Tx) (err error) {
			names, err = tx.PendingConversations(ctx, q.app, after, scanPage)
			return err
		})
		if err != nil {
			q.scanFails(ctx, err)
			return
		}
		if !q.scanned(names) {
			return
		}
		after = names[len(names)-1]
	}
}

// scanBegins returns the name behind which to begin.
func (q *queue) scanBegins() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.hidden.scannedTo == "" {
		q.hidden.again = false
	}
	return q.hidden.scannedTo
}

// scanned takes a page of names and reports whether to go on behind them.
func (q *queue) scanned(names []string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.advance()
	for _, name := range names {
		q.hidden.scannedTo = name
		if q.lanes[name] == nil && q.mine(name) {
			l := &lane{conversation: name, more: true}
			q.lanes[name] = l
			q.enlist(l)
		}
	}
	if len(names) == scanPage {
		q.hidden.scanning = q.mayScan() && !q.stopped
		return q.hidden.scanning
	}
	q.hidden.scannedTo = ""
	q.hidden.some = q.hidden.again
	q.hidden.scanning = q.hidden.some
	if q.hidden.scanning {
		q.scanLater()
	}
	return false
}

func (q *queue) scanFails(ctx context.Context, err error) {
	if ctx.Err() == nil {
		q.log.ErrorContext(ctx, "the outbox could not be scanned", "sdkappid", q.app, "error", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.scanLater()
}

// scanLater lets another scan begin after a while. The queue's mutex is held.
func (q *queue) scanLater() {
	time.AfterFunc(scanPause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.hidden.scanning = false
		q.advance()
	})
}
