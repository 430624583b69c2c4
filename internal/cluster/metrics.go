package cluster

import "github.com/prometheus/client_golang/prometheus"

var (
	nameDesc    = prometheus.NewDesc("parley_cluster_node", "1; the label is the ID of this node, as in its log, in parley node list and, up to the first dash, in NATS.", []string{"node"}, nil)
	nodesDesc   = prometheus.NewDesc("parley_cluster_nodes", "Nodes that share the store and are alive, as this one saw at its last sign of life.", nil, nil)
	diedDesc    = prometheus.NewDesc("parley_cluster_nodes_died_total", "Nodes that this one was the first to find dead. Those that were stopped are not among them.", nil, nil)
	partsDesc   = prometheus.NewDesc("parley_cluster_parts", "Parts of all conversations, of 64, whose webhook events this node delivers.", nil, nil)
	trustedDesc = prometheus.NewDesc("parley_cluster_alive", "1 while this node relies on what it holds, 0 if it has lately given no sign of life.", nil, nil)
	busDesc     = prometheus.NewDesc("parley_cluster_connected", "1 while NATS can be reached, or if there is none.", nil, nil)
)

// collector tells how the node stands when somebody asks.
type collector struct{ member *Member }

// Describe names the metrics.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- nameDesc
	ch <- nodesDesc
	ch <- diedDesc
	ch <- partsDesc
	ch <- trustedDesc
	ch <- busDesc
}

// Collect reads them.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.member.State()
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	ch <- prometheus.MustNewConstMetric(nameDesc, prometheus.GaugeValue, 1, c.member.ID())
	gauge(nodesDesc, float64(s.Nodes))
	ch <- prometheus.MustNewConstMetric(diedDesc, prometheus.CounterValue, float64(s.Died))
	gauge(partsDesc, float64(s.Held))
	gauge(trustedDesc, number(s.Trusted))
	gauge(busDesc, number(c.member.opt.Bus.Connected()))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
