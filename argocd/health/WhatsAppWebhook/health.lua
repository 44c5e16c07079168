-- Health of a WhatsAppWebhook from its conditions. What is paused as declared is Healthy; an endpoint that takes nothing is Degraded.
local function condition(name)
  for _, c in ipairs((obj.status or {}).conditions or {}) do
    if c.type == name then
      return c
    end
  end
end

local status = obj.status or {}
if (status.observedGeneration or 0) < (obj.metadata.generation or 0) then
  return { status = "Progressing", message = "Waiting for the operator" }
end

local stalled = condition("Stalled")
if stalled and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message or stalled.reason }
end

local ready = condition("Ready")
if ready and ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
if ready and (ready.reason == "Paused" or ready.reason == "TenantSuspended") then
  return { status = "Healthy", message = ready.message }
end
if ready and (ready.reason == "EndpointFailing" or ready.reason == "ChallengeFailed") then
  return { status = "Degraded", message = ready.message or ready.reason }
end
return { status = "Progressing", message = ready and ready.message or "Waiting for the operator" }
