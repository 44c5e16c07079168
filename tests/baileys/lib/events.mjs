// What a message says, in a flat form that does not depend on the release.

const MEDIA = ['image', 'video', 'audio', 'document', 'sticker']

/** The innermost content: wrappers of view-once, ephemeral, captioned and own-device messages taken off. */
function content(message) {
  const inner =
    message?.deviceSentMessage?.message ??
    message?.ephemeralMessage?.message ??
    message?.viewOnceMessage?.message ??
    message?.viewOnceMessageV2?.message ??
    message?.documentWithCaptionMessage?.message ??
    message?.editedMessage?.message
  return inner ? content(inner) : message
}

export function describe({ key, message, messageStubType, messageStubParameters, pushName }) {
  const body = content(message)
  const media = MEDIA.find(kind => body?.[`${kind}Message`])
  const quoted = body?.extendedTextMessage?.contextInfo
  const protocol = body?.protocolMessage
  return {
    id: key.id,
    chat: key.remoteJid,
    alt: key.remoteJidAlt ?? key.senderPn ?? key.senderLid,
    fromMe: key.fromMe,
    participant: key.participant,
    text: body?.conversation ?? body?.extendedTextMessage?.text ?? body?.[`${media}Message`]?.caption,
    quotes: quoted?.stanzaId,
    mentions: quoted?.mentionedJid?.length ? quoted.mentionedJid : undefined,
    reaction: body?.reactionMessage ? { id: body.reactionMessage.key?.id, emoji: body.reactionMessage.text } : undefined,
    deletes: protocol?.type === 0 ? protocol.key?.id : undefined,
    edits: protocol?.type === 14 ? { id: protocol.key?.id, text: describe({ key, message: protocol.editedMessage }).text } : undefined,
    media,
    location: body?.locationMessage ? [body.locationMessage.degreesLatitude, body.locationMessage.degreesLongitude] : undefined,
    contact: body?.contactMessage?.displayName,
    poll: (body?.pollCreationMessage ?? body?.pollCreationMessageV3)?.name,
    stub: messageStubType || undefined,
    stubParameters: messageStubParameters?.length ? messageStubParameters : undefined,
    pushName,
  }
}

/** How a chat is shown, of what an update says about it. An unread count above 0 is of messages, not of a person's mark. */
export function chatFlags({ muteEndTime, archived, pinned, unreadCount }) {
  const flags = {}
  if (muteEndTime !== undefined) Object.assign(flags, { muted: !!muteEndTime, mutedUntil: muteEndTime ? Number(muteEndTime) : undefined })
  if (typeof archived === 'boolean') flags.archived = archived
  if (pinned !== undefined) flags.pinned = !!pinned
  if (unreadCount === -1 || unreadCount === 0) flags.unread = unreadCount === -1
  return flags
}

/** What of a part of the history can be compared: who said what in which chat, and the names. */
export const describeHistory = ({ chats, contacts, messages, syncType, progress, peerDataRequestSessionId }) => ({
  type: syncType,
  progress,
  request: peerDataRequestSessionId,
  chats: chats.map(chat => ({ chat: chat.id, name: chat.name })),
  contacts: contacts.map(contact => ({ contact: contact.id, name: contact.notify ?? contact.name })),
  messages: messages.map(message => ({
    id: message.key.id,
    chat: message.key.remoteJid,
    fromMe: message.key.fromMe,
    sender: message.key.participant,
    at: Number(message.messageTimestamp),
    text: message.message?.conversation ?? message.message?.imageMessage?.caption,
  })),
})
