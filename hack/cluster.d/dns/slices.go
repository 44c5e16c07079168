package main

import (
	"log"
	"time"

	discovery "k8s.io/api/discovery/v1beta1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const byService = "service"

// watchSlices keeps the EndpointSlices of all Services, in the version that the server has: v1 since 1.21, v1beta1 until 1.24. What
// is read here has the same form in both.
func watchSlices(config *rest.Config, client kubernetes.Interface, stop <-chan struct{}) func(namespace, service string) []*discovery.EndpointSlice {
	resource := discovery.SchemeGroupVersion.WithResource("endpointslices")
	if _, err := client.Discovery().ServerResourcesForGroupVersion("discovery.k8s.io/v1"); err == nil {
		resource.Version = "v1"
	} else if !errors.IsNotFound(err) {
		log.Fatal(err)
	}
	informer := dynamicinformer.NewDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(config), 12*time.Hour).ForResource(resource).Informer()
	err := informer.AddIndexers(cache.Indexers{byService: func(object interface{}) ([]string, error) {
		slice := object.(*unstructured.Unstructured)
		return []string{slice.GetNamespace() + "/" + slice.GetLabels()[discovery.LabelServiceName]}, nil
	}})
	if err != nil {
		log.Fatal(err)
	}
	go informer.Run(stop)
	cache.WaitForCacheSync(stop, informer.HasSynced)
	return func(namespace, service string) (slices []*discovery.EndpointSlice) {
		objects, err := informer.GetIndexer().ByIndex(byService, namespace+"/"+service)
		if err != nil {
			log.Fatal(err) // the index is there, or this program is wrong
		}
		for _, object := range objects {
			slice := new(discovery.EndpointSlice)
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.(*unstructured.Unstructured).Object, slice); err != nil {
				log.Printf("EndpointSlice of %s/%s: %v", namespace, service, err)
				continue
			}
			slices = append(slices, slice)
		}
		return slices
	}
}
