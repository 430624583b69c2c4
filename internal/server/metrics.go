package server

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/webhook"
)

// mostCounted bounds what a scrape of the metrics costs.
const mostCounted = 10_000

var (
	outboxEvents = prometheus.NewDesc("parley_webhook_events", "Webhook events that are not delivered, by app and state; counted up to 10000.",
		[]string{"sdkappid", "state"}, nil)
	endpointFailing = prometheus.NewDesc("parley_webhook_endpoint_failing", "1 while an app's endpoint as a whole fails.",
		[]string{"sdkappid"}, nil)
	storeAnswers = prometheus.NewDesc("parley_store_answers", "1 while the database answers.", nil, nil)
)

// countEvery is how old counts may be: scrapes come often, and counting costs.
const countEvery = 10 * time.Second

// outboxCollector tells how deliveries stand when somebody asks.
type outboxCollector struct {
	store    store.Store
	apps     *app.Registry
	webhooks *webhook.Dispatcher

	mu      sync.Mutex // guards all below
	counted time.Time
	counts  map[chat.SDKAppID]map[store.EventState]int
}

// Describe names the metrics.
func (c *outboxCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- outboxEvents
	ch <- endpointFailing
	ch <- storeAnswers
}

// Collect reads them.
func (c *outboxCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answers := 1.0
	if time.Since(c.counted) > countEvery && c.count() != nil {
		// Nothing else is left out: this is when somebody looks at the metrics.
		answers, c.counts = 0, nil
	}
	ch <- prometheus.MustNewConstMetric(storeAnswers, prometheus.GaugeValue, answers)
	for _, a := range c.apps.List() {
		id := strconv.FormatInt(int64(a.SDKAppID), 10)
		failing := 0.0
		if c.webhooks.Status(a.SDKAppID).Failing {
			failing = 1
		}
		ch <- prometheus.MustNewConstMetric(endpointFailing, prometheus.GaugeValue, failing, id)
		for state, n := range c.counts[a.SDKAppID] {
			ch <- prometheus.MustNewConstMetric(outboxEvents, prometheus.GaugeValue, float64(n), id, state.String())
		}
	}
}

func (c *outboxCollector) count() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts := make(map[chat.SDKAppID]map[store.EventState]int)
	err := c.store.View(ctx, func(tx store.Tx) error {
		for _, a := range c.apps.List() {
			n, err := tx.CountEvents(ctx, a.SDKAppID, mostCounted)
			if err != nil {
				return err
			}
			counts[a.SDKAppID] = n
		}
		return nil
	})
	if err == nil {
		c.counts, c.counted = counts, time.Now()
	}
	return err
}
