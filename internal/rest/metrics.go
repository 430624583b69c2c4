package rest

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count calls by command and code.
type metrics struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_rest_calls_total", Help: "REST calls by command and ErrorCode.",
		}, []string{"command", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_rest_call_seconds", Help: "How long REST calls took.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .025, .1, .5, 2.5},
		}, []string{"command"}),
	}
	if r != nil {
		r.MustRegister(m.calls, m.seconds)
	}
	return m
}

func (m *metrics) observe(command *Command, code int, took time.Duration) {
	name := "unknown"
	if command != nil {
		name = command.Name
	}
	m.calls.WithLabelValues(name, strconv.Itoa(code)).Inc()
	m.seconds.WithLabelValues(name).Observe(took.Seconds())
}
