package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

var address = kind[string]{
	noun: "host:port", want: "a host and port such as 127.0.0.1:8080", form: asText,
	parse: func(text string) (string, error) {
		host, port, err := net.SplitHostPort(text)
		if err != nil || strings.ContainsFunc(host, unicode.IsSpace) {
			return "", errUnfit
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", errUnfit
		}
		return text, nil
	},
	format: itself[string],
}

// optionalAddress is an address, or nothing.
var optionalAddress = kind[string]{
	noun: "host:port", want: "a host and port such as 127.0.0.1:8443, or nothing", form: asText,
	parse: func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		return address.parse(text)
	},
	format: itself[string],
}

var networks = kind[[]netip.Prefix]{
	noun: "networks", want: "networks such as 10.0.0.0/8 or addresses such as 192.0.2.1", form: asList,
	parse: func(text string) ([]netip.Prefix, error) {
		var (
			all    []netip.Prefix
			faults []string
		)
		for part := range strings.SplitSeq(text, ",") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			network, err := parseNetwork(part)
			if err != nil {
				faults = append(faults, err.Error())
				continue
			}
			all = append(all, network)
		}
		if len(faults) > 0 {
			return nil, errors.New(strings.Join(faults, "; "))
		}
		return all, nil
	},
	format: func(value []netip.Prefix) string {
		parts := make([]string, len(value))
		for i, network := range value {
			parts[i] = network.String()
		}
		return strings.Join(parts, ",")
	},
}

// parseNetwork reads a network or a single address, and refuses host bits below
// the mask, since they show that something else was meant.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%s is no network", quote(text))
	case network.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%s is an IPv4 network in IPv6 form; write it as IPv4", text)
	case network != network.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits beyond its mask; its network is %s", text, network.Masked())
	}
	return network, nil
}
