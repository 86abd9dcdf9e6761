// A bot that answers every message with the same text:
//   PARLEY_URL=http://127.0.0.1:8080 BOT_NAME=echo BOT_PASSWORD=… node --experimental-strip-types examples/echo-bot.ts
import { codeOf, MemoryStore, ParleyClient } from 'parley-client';

const { PARLEY_URL = 'http://127.0.0.1:8080', BOT_NAME = 'echo', BOT_PASSWORD } = process.env;
if (!BOT_PASSWORD) throw new Error('set BOT_PASSWORD');

const client = new ParleyClient({ url: PARLEY_URL, store: new MemoryStore() });
client.events.on('error', (error) => console.error(error));
client.events.on('signed_out', () => process.exit(1));
client.events.on('message', ({ message, conversation }) => {
  // What was said while the bot was away is answered, too; whoever wants only new ones looks at `live`.
  void answer(conversation.conversation_id, message.seq, message.content ?? '');
});

async function answer(id: string, seq: number, text: string): Promise<void> {
  await client.send({ conversation_id: id, content: `You said: ${text}` });
  await client.markRead(id, seq);
}

try {
  await client.register({ username: BOT_NAME, password: BOT_PASSWORD });
} catch (error) {
  // It was here before.
  if (codeOf(error) !== 'conflict') throw error;
  await client.logIn({ login: BOT_NAME, password: BOT_PASSWORD });
}
client.start();
console.log(`${BOT_NAME} is listening as ${client.account?.user.user_id}`);
