// Names of emoji, as Slack writes them between colons. The common ones; an unknown name stays as it is written.

const NAMED = `
grinning 😀 smiley 😃 smile 😄 grin 😁 laughing|satisfied 😆 sweat_smile 😅 joy 😂 slightly_smiling_face 🙂 wink 😉 blush 😊 hugging_face 🤗 shushing_face 🤫
thinking_face 🤔 face_with_rolling_eyes 🙄 grimacing 😬 sleeping 😴 mask 😷 exploding_head 🤯 partying_face 🥳 sunglasses 😎 confused 😕 pleading_face 🥺 cry 😢
sob 😭 scream 😱 disappointed 😞 sweat 😓 rage 😡 robot_face 🤖 saluting_face 🫡 wave 👋 raised_hand|hand ✋ ok_hand 👌 point_left 👈 point_right 👉 point_down 👇
point_up ☝️ +1|thumbsup 👍 -1|thumbsdown 👎 clap 👏 raised_hands 🙌 handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 bust_in_silhouette 👤 shrug 🤷
raising_hand 🙋 heart ❤️ 100 💯 speech_balloon 💬 star ⭐ sparkles ✨ zap ⚡ fire 🔥 globe_with_meridians 🌐 bug 🐛 birthday 🎂 coffee ☕ airplane ✈️ rocket 🚀
construction 🚧 rotating_light 🚨 hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ tada 🎉 trophy 🏆 dart 🎯 phone|telephone ☎️ computer 💻 bulb 💡
moneybag 💰 credit_card 💳 receipt 🧾 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 email|envelope ✉️ package 📦 memo|pencil 📝
briefcase 💼 file_folder 📁 calendar 📆 clipboard 📋 pushpin 📌 paperclip 📎 link 🔗 wastebasket 🗑️ book 📖 lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑
hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ shield 🛡️ bell 🔔 mag 🔍 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ question ❓
exclamation|heavy_exclamation_mark ❗ warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 sos 🆘 information_source ℹ️ repeat 🔁
arrows_counterclockwise 🔄 arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ new 🆕 one 1️⃣ two 2️⃣ three 3️⃣ red_circle 🔴 large_orange_circle 🟠
large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle|blue_circle 🔵 white_circle ⚪ black_circle ⚫ checkered_flag 🏁`;

const KNOWN = new Map();
for (const [, names, sign] of NAMED.matchAll(/(\S+)\s+(\S+)/g)) for (const name of names.split("|")) KNOWN.set(name, sign);

/** "eyes" → 👀, with or without colons; "wave::skin-tone-3" → 👋🏼. */
export function emoji(shortcode) {
  const [name, tone] = String(shortcode).replace(/^:|:$/g, "").split("::");
  const found = KNOWN.get(name);
  const shade = /^skin-tone-([2-6])$/.exec(tone);
  return found && shade ? found.replace("\ufe0f", "") + String.fromCodePoint(0x1f3f9 + Number(shade[1])) : found;
}
