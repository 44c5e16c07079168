# The images of WaOperator: targets operator, session-pod, gateway, simulator.
# hack/images builds them with Docker, or without it with buildah on stand-ins for the two .NET images.

# One stage builds all of them, so that what they share is restored and compiled once. Analysis is the ordinary build's task.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# No server process outlives a build step.
ENV MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
WORKDIR /src
COPY . .
# There are no tags in here to take the version from; hack/images gives it.
ARG VERSION=0.0.0-unversioned
ENV MinVerVersionOverride=$VERSION
RUN --mount=type=cache,target=/root/.nuget/packages \
    for project in operator/WaOperator.Operator session-pod/WaOperator.SessionPod gateway/WaOperator.Gateway \
        tools/WaOperator.Simulator; do \
      dotnet publish "$project" --configuration Release --output "/out/${project##*/}" --nologo --verbosity quiet \
        -p:ForImage=true -p:RestoreLockedMode=true -p:RunAnalyzers=false -p:UseAppHost=false || exit 1; \
    done

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS runtime
# No diagnostics socket (the root file system is read-only), and one heap: a pod is sized by its memory, not by its cores.
ENV DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0
# Compiled ahead of time, they need not be compiled again but where they are busy: at the usual threshold of 30 calls a pod spends
# 8 s of processor time on that in its first minutes, when its sessions want to come back. 0x200 is 512.
ENV DOTNET_TC_CallCountThreshold=0x200
# The programs choose their ports themselves.
ENV ASPNETCORE_HTTP_PORTS=
WORKDIR /app
USER 1654
ARG VERSION=0.0.0-unversioned
LABEL org.opencontainers.image.version=$VERSION

FROM runtime AS operator
COPY --from=build /out/WaOperator.Operator .
ENTRYPOINT ["dotnet", "WaOperator.Operator.dll"]

FROM runtime AS session-pod
# Thousands of idle sessions allocate little and seldom: a small youngest generation keeps what they once needed from staying
# resident (1,000 idle sessions in a process outside this image: about 145 instead of 200 MB).
ENV DOTNET_GCgen0size=0x400000
COPY --from=build /out/WaOperator.SessionPod .
# A process that was killed is followed by the next one at once, in the same container.
ENTRYPOINT ["sh", "supervise.sh", "dotnet", "WaOperator.SessionPod.dll"]

FROM runtime AS gateway
COPY --from=build /out/WaOperator.Gateway .
ENTRYPOINT ["dotnet", "WaOperator.Gateway.dll"]

FROM runtime AS simulator
COPY --from=build /out/WaOperator.Simulator .
ENTRYPOINT ["dotnet", "WaOperator.Simulator.dll"]
