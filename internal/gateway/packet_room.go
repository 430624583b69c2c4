package gateway

func (g *Gateway) roomPackets() []Packet {
	return []Packet{}
}
