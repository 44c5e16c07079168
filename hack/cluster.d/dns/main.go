// cluster-dns answers for the Services of a cluster: A and SRV records of ClusterIP and headless Services, with the
// per-pod names of StatefulSets, honouring publishNotReadyAddresses. It is built inside the Kubernetes source tree, from
// what stands in its vendor folder (client-go, miekg/dns). Names outside the zone do not exist for it: at once, so that
// search lists cost no timeout.
package main

import (
	"flag"
	"log"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const ttl = 2 // seconds; short, since pods come and go in tests

type server struct {
	zone     string // cluster.local.
	services string // svc.cluster.local.
	lookup   *lookup
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig that may list and watch services and endpointslices")
	listen := flag.String("listen", "", "address and port, UDP and TCP")
	domain := flag.String("domain", "cluster.local", "the cluster's domain")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	services := factory.Core().V1().Services().Lister()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	zone := dns.Fqdn(*domain)
	s := &server{zone, "svc." + zone, &lookup{services, watchSlices(config, client, stop)}}
	log.Printf("serving %s on %s", zone, *listen)
	go func() { log.Fatal((&dns.Server{Addr: *listen, Net: "tcp", Handler: s}).ListenAndServe()) }()
	log.Fatal((&dns.Server{Addr: *listen, Net: "udp", Handler: s}).ListenAndServe())
}

// ServeDNS answers one query.
func (s *server) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(r)
	m.Authoritative = true
	if len(r.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
	} else {
		s.answer(m, r.Question[0])
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{&dns.SOA{
			Hdr: dns.RR_Header{Name: s.zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: ttl},
			Ns:  "ns." + s.zone, Mbox: "root." + s.zone, Serial: uint32(time.Now().Unix()), Refresh: 60, Retry: 60, Expire: 60, Minttl: ttl,
		}}
	}
	if w.LocalAddr().Network() == "udp" {
		size := dns.MinMsgSize
		if o := r.IsEdns0(); o != nil {
			size = int(o.UDPSize())
		}
		if m.Len() > size { // the client asks again by TCP
			m.Truncated, m.Answer, m.Extra = true, nil, nil
		}
	}
	if err := w.WriteMsg(m); err != nil {
		log.Printf("answer to %s: %v", w.RemoteAddr(), err)
	}
}

func (s *server) answer(m *dns.Msg, q dns.Question) {
	name := strings.ToLower(q.Name)
	if !dns.IsSubDomain(s.services, name) {
		if name != s.zone {
			m.Rcode = dns.RcodeNameError
		}
		return
	}
	labels := dns.SplitDomainName(strings.TrimSuffix(strings.TrimSuffix(name, s.services), "."))
	hosts, found := s.lookup.find(labels)
	if !found {
		m.Rcode = dns.RcodeNameError
		return
	}
	for _, h := range hosts {
		a := &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}, A: net.ParseIP(h.ip)}
		switch {
		case q.Qtype == dns.TypeA && h.port == 0:
			m.Answer = append(m.Answer, a)
		case q.Qtype == dns.TypeSRV && h.port != 0:
			target := strings.Join(labels[2:], ".") + "." + s.services
			if h.name != "" {
				target = h.name + "." + target
			}
			m.Answer = append(m.Answer, &dns.SRV{
				Hdr:    dns.RR_Header{Name: q.Name, Rrtype: dns.TypeSRV, Class: dns.ClassINET, Ttl: ttl},
				Weight: 100, Port: uint16(h.port), Target: target,
			})
			a.Hdr.Name = target
			m.Extra = append(m.Extra, a)
		}
	}
}
