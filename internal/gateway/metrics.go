package gateway

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/chat"
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	closed   *prometheus.CounterVec

	published, heard, lost, gaps, caughtUp prometheus.Counter
}

// newMetrics makes the metrics; online counts connections and sessions.
func newMetrics(r prometheus.Registerer, online func() (conns, sessions int)) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_gateway_requests_total", Help: "Requests of clients, by command and the code of their answers.",
		}, []string{"command", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_gateway_request_seconds", Help: "Time from reading a request of a client to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8),
		}, []string{"command"}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_gateway_connections_closed_total", Help: "Connections of clients that ended, by reason.",
		}, []string{"reason"}),
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m.published = counter("parley_cluster_events_published_total", "Events that other nodes were told of.")
	m.heard = counter("parley_cluster_events_heard_total", "Events of other nodes that concern somebody here.")
	m.lost = counter("parley_cluster_outages_total", "Times at which events may have been lost on the way and were read from the database.")
	m.gaps = counter("parley_cluster_gaps_total", "Messages that came before others in front of them and did not get them in time.")
	m.caughtUp = counter("parley_cluster_messages_caught_up_total", "Messages that clients got from the database because they may have been lost on the way.")
	if r != nil {
		gauge := func(name, help string, value func() int) prometheus.Collector {
			return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
		}
		r.MustRegister(
			m.requests, m.seconds, m.closed, m.published, m.heard, m.lost, m.gaps, m.caughtUp,
			gauge("parley_gateway_connections", "Connections of clients that are open.", func() int { n, _ := online(); return n }),
			gauge("parley_gateway_sessions", "Sessions in memory, with and without connection.", func() int { _, n := online(); return n }),
		)
	}
	return m
}

func (m *metrics) answered(row *Packet, refusal *chat.Error, took time.Duration) {
	m.requests.WithLabelValues(row.ServCmd(), codeLabel(refusal)).Inc()
	m.seconds.WithLabelValues(row.ServCmd()).Observe(took.Seconds())
}

// codeLabel keeps the codes that apps choose themselves from making thousands of
// series.
func codeLabel(refusal *chat.Error) string {
	switch {
	case refusal == nil:
		return "0"
	case refusal.Code >= chat.GroupRefusalMin && refusal.Code <= chat.GroupRefusalMax,
		refusal.Code >= chat.OfficialRefusalMin && refusal.Code <= chat.OfficialRefusalMax:
		return "app"
	}
	return strconv.Itoa(refusal.Code)
}
