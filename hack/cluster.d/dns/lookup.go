package main

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
)

type lookup struct {
	services  corelisters.ServiceLister
	endpoints corelisters.EndpointsLister
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
	endpoints, err := l.endpoints.Endpoints(namespace).Get(name)
	if err != nil {
		return nil, pod == ""
	}
	hosts = headless(endpoints, service.Spec.PublishNotReadyAddresses, pod, port, protocol)
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

func headless(endpoints *v1.Endpoints, publishNotReady bool, pod, port, protocol string) (hosts []host) {
	for _, subset := range endpoints.Subsets {
		addresses := subset.Addresses
		if publishNotReady {
			addresses = append(append([]v1.EndpointAddress{}, addresses...), subset.NotReadyAddresses...)
		}
		for _, a := range addresses {
			name := a.Hostname
			if name == "" {
				name = strings.ReplaceAll(a.IP, ".", "-")
			}
			if pod != "" && pod != name {
				continue
			}
			if port == "" {
				hosts = append(hosts, host{ip: a.IP, name: name})
				continue
			}
			for _, p := range subset.Ports {
				if p.Name == port && strings.EqualFold(string(p.Protocol), protocol) {
					hosts = append(hosts, host{ip: a.IP, name: name, port: p.Port})
				}
			}
		}
	}
	return hosts
}
