package config

import (
	"regexp"
	"slices"
	"strings"
)

// forClients are the variables that commands which talk to a server read, and
// which may therefore be set where a server starts.
var forClients = []string{envPrefix + "SERVER", envPrefix + "TOKEN"}

// fromEnvironment reads our variables and finds those that nobody reads.
func fromEnvironment(env []string) source {
	names := map[string]string{}
	for _, s := range settings {
		names[s.env()] = s.name
	}

	from := source{values: map[string]string{}, label: setting.env}
	var unknown []string
	for _, entry := range env {
		variable, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, envPrefix) || text == "" {
			continue
		}
		if name, ok := names[variable]; ok {
			from.values[name] = text
			continue
		}
		if !slices.Contains(forClients, variable) && !fromKubernetes(variable, text) {
			unknown = append(unknown, variable)
		}
	}

	slices.Sort(unknown)
	for _, variable := range slices.Compact(unknown) {
		from.faults = append(from.faults, Fault{variable, unknownProblem("environment variable", variable, envNames())})
	}
	return from
}

func envNames() []string {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.env()
	}
	return names
}

// serviceVariable matches what Kubernetes sets in every pod for a service whose
// name begins with "parley": PARLEY_SERVICE_HOST, PARLEY_WEB_PORT_80_TCP_ADDR.
var serviceVariable = regexp.MustCompile(`^PARLEY(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)$`)

// servicePort matches the one that could be taken for a mistake of the operator
// but for its value: PARLEY_PORT=tcp://10.0.0.1:80.
var servicePort = regexp.MustCompile(`^PARLEY(_[A-Z0-9]+)*_PORT=(tcp|udp|sctp)://`)

func fromKubernetes(variable, text string) bool {
	return serviceVariable.MatchString(variable) || servicePort.MatchString(variable+"="+text)
}
