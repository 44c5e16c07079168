// Reads a JSON array of Kubernetes objects from standard input and prints one line for each that is wrong.
import { text } from "node:stream/consumers";

const packages = {
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator/",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api/",
  "argoproj.io": "@kubernetes-models/argo-cd/",
};

for (const object of JSON.parse(await text(process.stdin))) {
  const [group] = object.apiVersion.split("/");
  const name = `${object.kind}/${object.metadata?.name}`;
  try {
    const module = await import(`${packages[group] ?? "kubernetes-models/"}${object.apiVersion}/${object.kind}`);
    new module[object.kind](object).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
