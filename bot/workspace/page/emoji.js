// Names of emoji, as Slack writes them between colons. The common ones; an unknown name stays as it is written.

const NAMED = `
grinning 😀 smiley 😃 smile 😄 grin 😁 laughing|satisfied 😆 sweat_smile 😅 joy 😂 rolling_on_the_floor_laughing 🤣 slightly_smiling_face 🙂
upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star-struck 🤩 kissing_heart 😘 relaxed ☺️ yum 😋 stuck_out_tongue 😛
stuck_out_tongue_winking_eye 😜 zany_face 🤪 money_mouth_face 🤑 hugging_face 🤗 face_with_hand_over_mouth 🤭 shushing_face 🤫 thinking_face 🤔
zipper_mouth_face 🤐 face_with_raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄
grimacing 😬 lying_face 🤥 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 face_with_thermometer 🤒 nauseated_face 🤢 hot_face 🥵 cold_face 🥶
dizzy_face 😵 exploding_head 🤯 face_with_cowboy_hat 🤠 partying_face 🥳 sunglasses 😎 nerd_face 🤓 face_with_monocle 🧐 confused 😕 worried 😟
slightly_frowning_face 🙁 open_mouth 😮 astonished 😲 flushed 😳 pleading_face 🥺 fearful 😨 cold_sweat 😰 cry 😢 sob 😭 scream 😱 disappointed 😞
sweat 😓 weary 😩 tired_face 😫 yawning_face 🥱 triumph 😤 rage 😡 angry 😠 smiling_imp 😈 skull 💀 hankey|poop 💩 clown_face 🤡 ghost 👻 alien 👽
robot_face 🤖 saluting_face 🫡 melting_face 🫠 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 wave 👋 raised_back_of_hand 🤚
raised_hand|hand ✋ ok_hand 👌 v ✌️ crossed_fingers 🤞 the_horns 🤘 call_me_hand 🤙 point_left 👈 point_right 👉 point_up_2 👆 point_down 👇
point_up ☝️ +1|thumbsup 👍 -1|thumbsdown 👎 fist ✊ facepunch|punch 👊 clap 👏 raised_hands 🙌 open_hands 👐 palms_up_together 🤲 handshake 🤝
pray 🙏 writing_hand ✍️ muscle 💪 brain 🧠 eyes 👀 eye 👁️ bust_in_silhouette 👤 busts_in_silhouette 👥 shrug 🤷 face_palm|facepalm 🤦
man-shrugging 🤷‍♂️ woman-shrugging 🤷‍♀️ man-facepalming 🤦‍♂️ woman-facepalming 🤦‍♀️ raising_hand 🙋 bow 🙇 technologist 💻 detective 🕵️ runner|running 🏃 dancer 💃
heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔 two_hearts 💕 sparkling_heart 💖
100 💯 anger 💢 boom|collision 💥 dizzy 💫 sweat_drops 💦 dash 💨 speech_balloon 💬 thought_balloon 💭 zzz 💤 star ⭐ star2 🌟 sparkles ✨ zap ⚡
fire 🔥 sunny ☀️ cloud ☁️ umbrella ☔ snowflake ❄️ rainbow 🌈 ocean 🌊 earth_africa 🌍 earth_americas 🌎 earth_asia 🌏 globe_with_meridians 🌐
seedling 🌱 evergreen_tree 🌲 four_leaf_clover 🍀 rose 🌹 sunflower 🌻 cherry_blossom 🌸 dog 🐶 cat 🐱 monkey_face 🐵 penguin 🐧 bird 🐦
unicorn_face 🦄 bee|honeybee 🐝 bug 🐛 snail 🐌 turtle 🐢 octopus 🐙 whale 🐳 elephant 🐘 apple 🍎 avocado 🥑 pizza 🍕 taco 🌮 cake 🍰 birthday 🎂
cookie 🍪 popcorn 🍿 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾 house 🏠 office 🏢 hospital 🏥 bank 🏦 car|red_car 🚗 bus 🚌
bike 🚲 airplane ✈️ rocket 🚀 ship 🚢 construction 🚧 rotating_light 🚨 traffic_light 🚥 hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚
alarm_clock ⏰ stopwatch ⏱️ clock1 🕐 clock3 🕒 clock9 🕘 tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal|sports_medal 🏅 dart 🎯
game_die 🎲 jigsaw 🧩 art 🎨 musical_note 🎵 headphones 🎧 microphone 🎤 clapper 🎬 camera 📷 iphone 📱 telephone_receiver 📞 phone|telephone ☎️
computer 💻 desktop_computer 🖥️ keyboard ⌨️ printer 🖨️ floppy_disk 💾 bulb 💡 flashlight 🔦 battery 🔋 electric_plug 🔌 satellite 🛰️ moneybag 💰
dollar 💵 euro 💶 credit_card 💳 receipt 🧾 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 email|envelope ✉️ e-mail 📧
incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 package 📦 mailbox 📫 memo|pencil 📝 pencil2 ✏️ briefcase 💼 file_folder 📁 open_file_folder 📂
card_index_dividers 🗂️ calendar 📆 date 📅 spiral_calendar_pad 🗓️ clipboard 📋 pushpin 📌 round_pushpin 📍 paperclip 📎 link 🔗 scissors ✂️
wastebasket 🗑️ file_cabinet 🗄️ book 📖 books 📚 bookmark 🔖 newspaper 📰 scroll 📜 label 🏷️ lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑
old_key 🗝️ hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ toolbox 🧰 shield 🛡️ scales ⚖️ magnet 🧲 test_tube 🧪 microscope 🔬 pill 💊 syringe 💉
bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 mag 🔍 mag_right 🔎 crystal_ball 🔮 door 🚪 bed 🛏️ broom 🧹 shopping_trolley 🛒 ticket 🎫
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_plus_sign ➕ heavy_minus_sign ➖
question ❓ grey_question ❔ exclamation|heavy_exclamation_mark ❗ grey_exclamation ❕ bangbang ‼️ interrobang ⁉️ warning ⚠️ no_entry ⛔
no_entry_sign 🚫 octagonal_sign 🛑 sos 🆘 information_source ℹ️ recycle ♻️ repeat 🔁 arrows_counterclockwise 🔄 rewind ⏪ fast_forward ⏩
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ leftwards_arrow_with_hook ↩️ new 🆕 ok 🆗 up 🆙 cool 🆒 free 🆓 id 🆔
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢
large_blue_circle|blue_circle 🔵 large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_red_square 🟥 large_green_square 🟩 checkered_flag 🏁
triangular_flag_on_post 🚩 waving_white_flag 🏳️ flag-no 🇳🇴 flag-gb 🇬🇧 flag-us|us 🇺🇸 flag-de 🇩🇪 flag-se 🇸🇪`;

const KNOWN = new Map();
const words = NAMED.trim().split(/\s+/);
for (let at = 0; at < words.length; at += 2) for (const name of words[at].split("|")) KNOWN.set(name, words[at + 1]);

/** "eyes" → 👀, with or without colons; "wave::skin-tone-3" → 👋🏼. */
export function emoji(shortcode) {
  const [name, tone] = String(shortcode).replace(/^:|:$/g, "").split("::");
  const found = KNOWN.get(name);
  const shade = /^skin-tone-([2-6])$/.exec(tone ?? "");
  return found && shade ? found.replace("\ufe0f", "") + String.fromCodePoint(0x1f3f9 + Number(shade[1])) : found;
}
