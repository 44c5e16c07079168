-- Health of a WhatsAppSessionPool from its conditions.
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
return { status = "Progressing", message = ready and ready.message or "Waiting for the operator" }
