package app

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

const (
	// subject is where a node says that it has made or changed an app.
	subject = "apps"
	// pollInterval is how often the apps are read whatever was heard.
	pollInterval = 5 * time.Second
)

// Join lets other nodes hear of changes made here. It is called once, before the first
// change.
func (r *Registry) Join(b *bus.Bus) { r.bus = b }

// Run follows the changes that other nodes make, until ctx ends: at once when they
// are heard of, and within 5 s without that.
func (r *Registry) Run(ctx context.Context, log *slog.Logger) error {
	heard := make(chan struct{}, 1)
	wake := func() {
		select {
		case heard <- struct{}{}:
		default: // they are about to be read
		}
	}
	listener := r.bus.Listen(func(string, []byte) { wake() }, func(time.Time) { wake() })
	defer listener.Close()
	if err := listener.Add(subject); err != nil {
		return err
	}
	wake() // for what happened since they were loaded
	poll := time.NewTicker(r.poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-heard:
		case <-poll.C:
		}
		if err := r.read(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "apps that other nodes have changed cannot be read; the old settings hold until they can", "error", err)
		}
	}
}

func (r *Registry) publish() { r.bus.Publish(subject, nil) }

// read takes the apps as they are stored.
func (r *Registry) read(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	var apps []*chat.App
	err := r.store.View(ctx, func(tx store.Tx) (err error) {
		apps, err = tx.ListApps(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("read apps: %w", err)
	}
	for _, a := range apps {
		before := r.Get(a.SDKAppID)
		if reflect.DeepEqual(before, a) {
			continue
		}
		r.put(a)
		if before != nil {
			r.onChange(a.SDKAppID)
		}
	}
	return nil
}
