package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// BenchmarkAppend sends from 64 callers, each message with one event, into one
// group and into a thousand.
func BenchmarkAppend(b *testing.B) {
	server := testkit.StartPostgres(b)
	for _, groups := range []int{1, 1000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) { benchmarkAppend(b, server.Database(b), groups) })
	}
}

func benchmarkAppend(b *testing.B, url string, groups int) {
	b.Helper()
	ctx := b.Context()
	s, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	conversations := make([]*chat.Group, groups)
	if err := s.Update(ctx, func(tx store.Tx) error {
		for i := range conversations {
			conversations[i] = &chat.Group{ID: fmt.Sprintf("g%d", i), Type: chat.Public, Name: "g", CreateTime: time.Now()}
			if err := tx.CreateGroup(ctx, 1, conversations[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 400)
	for i := range body {
		body[i] = 'x'
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 64 {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				if err := appendOne(context.Background(), s, conversations[n%int64(groups)], n, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func appendOne(ctx context.Context, s store.Store, g *chat.Group, n int64, body []byte) error {
	m := &chat.Message{Sender: "alice", Random: uint32(n), Priority: chat.PriorityNormal, Body: chat.Body{JSON: body}}
	_, err := s.Append(ctx, &store.Append{
		App: 1, Conversation: g.Conversation, Revision: 1, Sequence: store.Stored, Message: m, DuplicateKey: m.DuplicateKey(g.Conversation),
		Events: func() []event.Outgoing {
			return []event.Outgoing{{SDKAppID: 1, Command: "Group.CallbackAfterSendMsg", Conversation: "group:" + g.ID, Body: body}}
		},
	})
	return err
}
