// Paste this in the console of web.whatsapp.com, the only page where the account's passkey may be used. It sends nothing anywhere.
(() => {
  const options = OPTIONS;
  const dialog = document.body.appendChild(document.createElement("dialog"));
  const add = (tag, text) => {
    const element = dialog.appendChild(document.createElement(tag));
    element.textContent = text;
    return element;
  };
  dialog.style.maxWidth = "30rem";
  const say = add("p", "Use the passkey of your WhatsApp account to link the device.");
  const use = add("button", "Use passkey");
  const close = add("button", "Close");
  close.onclick = () => dialog.remove();
  use.onclick = async () => {
    try {
      const credential = await navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });
      const answer = JSON.stringify(credential.toJSON());
      const text = add("textarea", answer);
      text.readOnly = true;
      text.rows = 6;
      text.style.width = "100%";
      text.select();
      use.remove();
      say.textContent = "Copy this text, and paste it where you found the script:";
      await navigator.clipboard.writeText(answer).then(
        () => (say.textContent = "Copied. Paste it where you found the script."),
        // The text is there to be copied by hand.
        () => {},
      );
    } catch (error) {
      say.textContent = `${error.name}: ${error.message}`;
    }
  };
  dialog.showModal();
})();
