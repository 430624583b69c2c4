package webhook

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/store"
)

// metrics count what webhooks do.
type metrics struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	delay    prometheus.Histogram
	asks     *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_webhook_attempts_total", Help: "Calls of after-webhooks by command and the state in which they left the event.",
		}, []string{"command", "state"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_webhook_attempt_seconds", Help: "How long receivers took to answer after-webhooks.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 2, 5, 10},
		}, []string{"command"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_webhook_delay_seconds", Help: "From the moment an event was stored to its delivery.",
			Buckets: []float64{.002, .005, .01, .05, .1, .5, 1, 5, 30, 120, 600, 3600},
		}),
		asks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_webhook_questions_total", Help: "Before-webhooks by command and whether they were answered.",
		}, []string{"command", "result"}),
	}
	if r != nil {
		r.MustRegister(m.attempts, m.seconds, m.delay, m.asks)
	}
	return m
}

func (m *metrics) asked(command callback.Command, result string) {
	m.asks.WithLabelValues(string(command), result).Inc()
}

func (m *metrics) attempted(e *store.Event, o *store.Settlement) {
	label := o.State.String()
	if o.State == store.Pending {
		label = "retry"
	}
	m.attempts.WithLabelValues(e.Command, label).Inc()
	m.seconds.WithLabelValues(e.Command).Observe(o.Attempt.Duration.Seconds())
	if o.State == store.Delivered {
		m.delay.Observe(o.Attempt.Time.Add(o.Attempt.Duration).Sub(e.Time).Seconds())
	}
}
