// apiextensions-apiserver serves custom resources and no other kind, with the code that does it within the kube-apiserver of its
// release. Upstream's program asks a kube-apiserver to authenticate and authorize each caller; this one knows the tokens of a file, and
// who has one may do everything.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	definitions "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/endpoints/discovery/aggregated"
	"k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	o := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	// These four ask a kube-apiserver.
	o.RecommendedOptions.Authentication = nil
	o.RecommendedOptions.Authorization = nil
	o.RecommendedOptions.Admission = nil
	o.RecommendedOptions.CoreAPI = nil
	tokens := pflag.String("token-auth-file", "", "The file of tokens and their users, in the form that kube-apiserver takes.")
	o.AddFlags(pflag.CommandLine)
	pflag.Parse()
	// And so does this.
	o.RecommendedOptions.Features.EnablePriorityAndFairness = false
	if err := run(o, *tokens); err != nil {
		log.Fatal(err)
	}
}

func run(o *options.CustomResourceDefinitionsServerOptions, tokens string) error {
	if err := o.Complete(); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	known, err := tokenfile.NewCSV(tokens)
	if err != nil {
		return err
	}
	config := server.NewRecommendedConfig(apiserver.Codecs)
	if err := o.ServerRunOptions.ApplyTo(&config.Config); err != nil {
		return err
	}
	if err := o.RecommendedOptions.ApplyTo(config); err != nil {
		return err
	}
	if err := o.APIEnablement.ApplyTo(&config.Config, apiserver.DefaultAPIResourceConfigSource(), apiserver.Scheme); err != nil {
		return err
	}
	config.Authentication.Authenticator = bearertoken.New(known)
	config.Authorization.Authorizer = authorizerfactory.NewAlwaysAllowAuthorizer()
	names := openapi.NewDefinitionNamer(apiserver.Scheme, scheme.Scheme)
	config.OpenAPIConfig = server.DefaultOpenAPIConfig(definitions.GetOpenAPIDefinitions, names)
	config.OpenAPIV3Config = server.DefaultOpenAPIV3Config(definitions.GetOpenAPIDefinitions, names)
	resources := options.NewCRDRESTOptionsGetter(*o.RecommendedOptions.Etcd, config.ResourceTransformers, config.StorageObjectCountTracker)
	// In a kube-apiserver the list of all groups is not made here.
	groups := aggregated.NewResourceManager("apis")
	config.AggregatedDiscoveryGroupManager = groups
	elsewhere := http.NewServeMux()
	elsewhere.Handle("/apis", groups)
	extensions := apiserver.Config{
		GenericConfig: config,
		ExtraConfig: apiserver.ExtraConfig{
			CRDRESTOptionsGetter: resources,
			ServiceResolver:      webhook.NewDefaultServiceResolver(),
		},
	}
	completed := extensions.Complete()
	ready, err := completed.New(server.NewEmptyDelegateWithCustomHandler(elsewhere))
	if err != nil {
		return err
	}
	return ready.GenericAPIServer.PrepareRun().RunWithContext(server.SetupSignalContext())
}
