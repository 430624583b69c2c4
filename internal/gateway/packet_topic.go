package gateway

func (g *Gateway) topicPackets() []Packet {
	return []Packet{}
}
