// What a program that was made for Twilio does, by Twilio's own library alone. Usage: node program.mjs COMMAND FILE; the file is JSON.
//   validate  [{"token", "url", "body", "signature", "good"}]: judges posts; prints a line for each that is not judged as "good" says, and
//             last how many were
//   sign      [{"token", "url", "body"}]: prints the signatures, a JSON array
//   answer    [{"body", "media"}]: prints the TwiML of an answer with these messages
//   send      {"url", "sid", "token", "message"}: sends a message by the REST API at that address; prints what came of it
//   get       {"url", "sid", "token", "message"}: asks for a message; prints it
import { readFileSync } from "node:fs";
import { parse } from "node:querystring";
import twilio from "twilio";

const [command, file] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file, "utf8"));

// The library has no setting for where Twilio is; each of its domains has.
const client = () => {
  const made = twilio(given.sid, given.token);
  made.api.baseUrl = given.url;
  return made;
};
const print = (result) => console.log(JSON.stringify(result));
const tell = async (asked) => {
  try {
    print((await asked).toJSON());
  } catch ({ code, status, message, moreInfo }) {
    print({ code, status, message, moreInfo });
  }
};

switch (command) {
  case "validate": {
    let judged = 0;
    for (const [i, { token, url, body, signature, good }] of given.entries())
      if (twilio.validateRequest(token, signature, url, parse(body)) === good) judged++;
      else console.log(`post ${i} to ${url} is ${good ? "refused" : "accepted"}: ${body}`);
    console.log(`judged ${judged}`);
    break;
  }
  case "sign":
    print(given.map(({ token, url, body }) => twilio.getExpectedTwilioSignature(token, url, parse(body))));
    break;
  case "answer": {
    const answer = new twilio.twiml.MessagingResponse();
    for (const { body, media } of given) {
      const message = answer.message();
      if (body) message.body(body);
      if (media) message.media(media);
    }
    console.log(answer.toString());
    break;
  }
  case "send":
    await tell(client().messages.create(given.message));
    break;
  case "get":
    await tell(client().messages(given.message).fetch());
    break;
  default:
    throw new Error(`unknown command: ${command}`);
}
