package bench

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// Report is what a run measured. Times are in milliseconds, memory in MiB,
// unless a name says otherwise.
type Report struct {
	Time    time.Time `json:"time"`
	Cores   int       `json:"cores"`
	Go      string    `json:"go"`
	Senders int       `json:"senders"`
	Groups  int       `json:"groups"`
	Members int       `json:"members"`
	// EmptyHandler and BareStore are yardsticks (a) and (b); BarePostCPU is (c),
	// what a POST costs its sender.
	EmptyHandler Measured `json:"empty_handler"`
	BareStore    Measured `json:"bare_store"`
	BarePostCPU  float64  `json:"bare_post_cpu"`
	// Sends is the highest rate, with webhook events stored and not delivered.
	Sends Measured `json:"sends"`
	// Latency is at a steady, moderate rate.
	Latency Measured `json:"latency"`
	// Both is sends and deliveries at the same time.
	Both           Measured   `json:"both"`
	BothDeliveries float64    `json:"both_deliveries_per_second"`
	Deliveries     Deliveries `json:"deliveries"`
	Delay          Delay      `json:"delay"`
	Outage         Outage     `json:"outage"`
}

// Quantiles of a set of times.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
}

// Measured is what a load reached, and what it cost the process under load.
type Measured struct {
	Requests  int     `json:"requests"`
	PerSecond float64 `json:"per_second"`
	Quantiles
	// ServerCPU is the processor time of the server for each request.
	ServerCPU float64 `json:"server_cpu"`
	// EngineCPU is the processor time of the database server for each request.
	EngineCPU float64 `json:"engine_cpu,omitempty"`
	// PeakMemory is the largest resident size seen.
	PeakMemory float64 `json:"peak_memory_mib"`
}

// Deliveries is what draining a backlog reached.
type Deliveries struct {
	Events    int     `json:"events"`
	PerSecond float64 `json:"per_second"`
	ServerCPU float64 `json:"server_cpu"`
}

// Delay is from the acknowledgement of a send to the arrival of its webhook.
type Delay struct {
	Rate float64 `json:"rate"`
	Quantiles
}

// Outage is how a receiver's outage ended; times are in seconds.
type Outage struct {
	Length   float64 `json:"length_s"`
	Rate     float64 `json:"rate"`
	Events   int     `json:"events"`
	CaughtUp float64 `json:"caught_up_s"`
}

func newReport(o *Options) *Report {
	return &Report{Time: time.Now().UTC(), Cores: runtime.NumCPU(), Go: runtime.Version(), Senders: o.Senders, Groups: o.Groups, Members: o.Members}
}

func measure(l *latencies, cpu time.Duration, memory int64) Measured {
	return Measured{
		Requests: l.requests, PerSecond: l.perSecond(), Quantiles: quantilesOf(l), ServerCPU: perItem(cpu, l.requests),
		PeakMemory: float64(memory) / (1 << 20),
	}
}

func quantilesOf(l *latencies) Quantiles {
	return Quantiles{P50: millis(l.quantile(.5)), P99: millis(l.quantile(.99)), P999: millis(l.quantile(.999))}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func perItem(d time.Duration, n int) float64 {
	if n == 0 {
		return 0
	}
	return millis(d) / float64(n)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, %d cores, %s; %d senders, %d groups of %d members\n\n", r.Time.Format(time.RFC3339), r.Cores, r.Go, r.Senders, r.Groups, r.Members)
	fmt.Fprintln(t, "\ta second\tp50 ms\tp99 ms\tp99.9 ms\tserver CPU ms\tengine CPU ms\tpeak MiB")
	for _, row := range []struct {
		name string
		m    Measured
	}{
		{"(a) empty handler", r.EmptyHandler},
		{"(b) bare group commit", r.BareStore},
		{"sends, webhooks stored", r.Sends},
		{"sends at a steady rate", r.Latency},
		{"sends while delivering", r.Both},
	} {
		if row.m.Requests > 0 {
			fmt.Fprintf(t, "%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.4f\t%.4f\t%.0f\n", row.name, row.m.PerSecond, row.m.P50, row.m.P99, row.m.P999, row.m.ServerCPU, row.m.EngineCPU, row.m.PeakMemory)
		}
	}
	fmt.Fprintln(t)
	if r.BareStore.PerSecond > 0 && r.Sends.PerSecond > 0 {
		fmt.Fprintf(t, "sends / bare group commit\t%.2f\n", r.Sends.PerSecond/r.BareStore.PerSecond)
	}
	if r.BarePostCPU > 0 {
		fmt.Fprintf(t, "(c) CPU of a bare POST\t%.4f ms\n", r.BarePostCPU)
	}
	if r.Deliveries.Events > 0 {
		fmt.Fprintf(t, "webhooks, backlog of %d\t%.0f a second, %.4f ms of server CPU each\n", r.Deliveries.Events, r.Deliveries.PerSecond, r.Deliveries.ServerCPU)
	}
	if r.BothDeliveries > 0 {
		fmt.Fprintf(t, "webhooks while sending\t%.0f a second\n", r.BothDeliveries)
	}
	if r.Delay.Rate > 0 {
		fmt.Fprintf(t, "acknowledgement to webhook at %.0f/s\tp50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms\n", r.Delay.Rate, r.Delay.P50, r.Delay.P99, r.Delay.P999)
	}
	if r.Outage.Length > 0 {
		fmt.Fprintf(t, "after an outage of %.0f s at %.0f/s\teverything there %.2f s after its end\n", r.Outage.Length, r.Outage.Rate, r.Outage.CaughtUp)
	}
	return t.Flush()
}
