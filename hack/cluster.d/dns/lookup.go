package main

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1beta1"
	corelisters "k8s.io/client-go/listers/core/v1"
)

type lookup struct {
	services corelisters.ServiceLister
	slices   func(namespace, service string) []*discovery.EndpointSlice
}

// host is one address behind a name; port is 0 unless a port was asked for by its name (SRV).
type host struct {
	ip   string
	name string // of the pod below a headless service
	port int32
}

// find resolves the labels below svc.<zone>: [pod] service namespace, or _port _protocol service namespace. A name
// which exists but has no address is found with no hosts.
func (l *lookup) find(labels []string) (hosts []host, found bool) {
	n := len(labels)
	if n < 2 {
		return nil, true // the zone itself, or a namespace
	}
	namespace, name := labels[n-1], labels[n-2]
	var pod, port, protocol string
	switch n {
	case 2:
	case 3:
		pod = labels[0]
	case 4:
		port, protocol = strings.TrimPrefix(labels[0], "_"), strings.TrimPrefix(labels[1], "_")
	default:
		return nil, false
	}
	service, err := l.services.Services(namespace).Get(name)
	if err != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != v1.ClusterIPNone {
		return clusterIP(service, port, protocol), pod == ""
	}
	seen := map[host]bool{} // an endpoint may stand in two slices while it moves between them
	for _, slice := range l.slices(namespace, name) {
		for _, h := range headless(slice, pod, port, protocol) {
			if !seen[h] {
				seen[h] = true
				hosts = append(hosts, h)
			}
		}
	}
	return hosts, pod == "" || len(hosts) > 0
}

func clusterIP(service *v1.Service, port, protocol string) []host {
	if port == "" {
		if service.Spec.ClusterIP == "" { // ExternalName
			return nil
		}
		return []host{{ip: service.Spec.ClusterIP}}
	}
	for _, p := range service.Spec.Ports {
		if p.Name == port && strings.EqualFold(string(p.Protocol), protocol) {
			return []host{{ip: service.Spec.ClusterIP, port: p.Port}}
		}
	}
	return nil
}

// headless lists the endpoints that are ready; publishNotReadyAddresses of a Service makes them so.
func headless(slice *discovery.EndpointSlice, pod, port, protocol string) (hosts []host) {
	if slice.AddressType != discovery.AddressTypeIPv4 {
		return nil
	}
	for _, e := range slice.Endpoints {
		if len(e.Addresses) == 0 || (e.Conditions.Ready != nil && !*e.Conditions.Ready) {
			continue
		}
		ip := e.Addresses[0]
		name := strings.ReplaceAll(ip, ".", "-")
		if e.Hostname != nil && *e.Hostname != "" {
			name = *e.Hostname
		}
		if pod != "" && pod != name {
			continue
		}
		if port == "" {
			hosts = append(hosts, host{ip: ip, name: name})
			continue
		}
		for _, p := range slice.Ports {
			if p.Name != nil && p.Port != nil && *p.Name == port && p.Protocol != nil && strings.EqualFold(string(*p.Protocol), protocol) {
				hosts = append(hosts, host{ip: ip, name: name, port: *p.Port})
			}
		}
	}
	return hosts
}
