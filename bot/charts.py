"""An evaluation's pictures, drawn with Pillow alone: no window, no plotting library, the same bytes everywhere."""

from PIL import Image, ImageDraw, ImageFont

from routing.evaluation.certainty import Certainty
from routing.evaluation.places import Confusion

WHITE, BLACK, GREY, PALE = (255, 255, 255), (20, 20, 20), (110, 110, 110), (225, 225, 225)
_LIGHT, _DARK = (240, 245, 251), (8, 48, 107)  # one hue from light to dark: reads the same in greyscale
_MARGIN = 24
_LONGEST_NAME = 26
_DARK_FROM = 0.6  # white reads better than black on a share above this
_SMALLEST_FONT = 8
_TOO_LONG = 10_000

Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def confusion_matrix(found: Confusion) -> Image.Image:
    """Rows: where requests belong. Columns: where they were sent. The darker, the greater the share of its row."""
    return _Matrix(found).drawn()


class _Matrix:
    def __init__(self, found: Confusion) -> None:
        self._found = found
        self._names = [_short(name) for name in found.names]
        self._cell = max(30, min(72, 640 // max(1, len(found.names))))
        self._font = font(13)
        self._gutter = max((int(self._font.getlength(name)) for name in self._names), default=0) + 10
        self._left = _MARGIN + 24 + self._gutter
        self._top = _MARGIN + 72 + self._gutter
        self._side = self._cell * len(self._names)
        widest = max((_told(count) for row in found.counts for count in row), key=self._font.getlength, default="")
        self._count_font = fitting(widest, self._cell - 6, min(18, self._cell // 2))

    def drawn(self) -> Image.Image:
        total_column = 64
        width = max(self._left + self._side + total_column + _MARGIN, 560)
        image = Image.new("RGB", (width, self._top + self._side + _MARGIN), WHITE)
        draw = ImageDraw.Draw(image)
        draw.text((_MARGIN, _MARGIN), "Where requests went", fill=BLACK, font=font(20))
        legend = "rows: where they belong · columns: where they were sent · darker: more of the row · framed: right"
        draw.text((_MARGIN, _MARGIN + 30), legend, fill=GREY, font=fitting(legend, width - 2 * _MARGIN, 13))
        draw.text((self._left + self._side + 10, self._top - 20), "all", fill=GREY, font=self._font)
        for at, name in enumerate(self._names):
            self._label(image, draw, at, name)
            self._row(draw, at)
        self._frames(draw)
        return image

    def _label(self, image: Image.Image, draw: ImageDraw.ImageDraw, at: int, name: str) -> None:
        middle = at * self._cell + self._cell // 2
        draw.text((self._left - 8, self._top + middle), name, fill=BLACK, font=self._font, anchor="rm")
        strip = Image.new("RGB", (self._gutter, 18), WHITE)
        ImageDraw.Draw(strip).text((2, 9), name, fill=BLACK, font=self._font, anchor="lm")
        upright = strip.rotate(90, expand=True)
        image.paste(upright, (self._left + middle - 9, self._top - self._gutter - 2))

    def _row(self, draw: ImageDraw.ImageDraw, row: int) -> None:
        counts = self._found.counts[row]
        total = sum(counts)
        for column, count in enumerate(counts):
            share = count / total if total else 0.0
            x, y = self._left + column * self._cell, self._top + row * self._cell
            box = (x, y, x + self._cell, y + self._cell)
            draw.rectangle(box, fill=_shade(share) if count else WHITE, outline=PALE)
            if count:
                middle = (x + self._cell / 2, y + self._cell / 2)
                fill = WHITE if share > _DARK_FROM else BLACK
                draw.text(middle, _told(count), fill=fill, font=self._count_font, anchor="mm")
        edge = (self._left + self._side + 10, self._top + row * self._cell + self._cell // 2)
        draw.text(edge, f"{total:,}", fill=GREY, font=self._font, anchor="lm")

    def _frames(self, draw: ImageDraw.ImageDraw) -> None:
        """What is right is marked by its frame, not by a second colour."""
        for at in range(len(self._names)):
            x, y = self._left + at * self._cell, self._top + at * self._cell
            draw.rectangle((x, y, x + self._cell, y + self._cell), outline=BLACK, width=2)


def reliability(found: Certainty) -> Image.Image:
    """How often claims of each score were right, with 95 % intervals. On the dashed line the score tells the truth."""
    return _Reliability(found).drawn()


class _Reliability:
    SIDE, TOP, LEFT, BELOW = 520, 96, 84, 110

    def __init__(self, found: Certainty) -> None:
        self._found = found
        size = (self.LEFT + self.SIDE + 40, self.TOP + self.SIDE + 50 + self.BELOW + 40)
        self._image = Image.new("RGB", size, WHITE)
        self._draw = ImageDraw.Draw(self._image)

    def drawn(self) -> Image.Image:
        self._draw.text((_MARGIN, _MARGIN), "Whether the score can be believed", fill=BLACK, font=font(20))
        ece = "-" if self._found.ece is None else f"{self._found.ece:.3f}"
        legend = f"bars: share that was right · lines: 95 % interval · ECE {ece} · {self._found.claims:,} claims"
        self._draw.text((_MARGIN, _MARGIN + 30), legend, fill=GREY, font=font(13))
        self._grid()
        self._bars()
        self._truth()
        self._histogram()
        return self._image

    def _at(self, score: float, rate: float) -> tuple[float, float]:
        return self.LEFT + score * self.SIDE, self.TOP + (1 - rate) * self.SIDE

    def _grid(self) -> None:
        small = font(13)
        for step in range(6):
            value = step / 5
            x, y = self._at(value, value)
            self._draw.line((self.LEFT, y, self.LEFT + self.SIDE, y), fill=PALE)
            self._draw.text((self.LEFT - 8, y), f"{value:.1f}", fill=GREY, font=small, anchor="rm")
            self._draw.text((x, self.TOP + self.SIDE + 8), f"{value:.1f}", fill=GREY, font=small, anchor="mt")
        strip = Image.new("RGB", (160, 20), WHITE)
        ImageDraw.Draw(strip).text((80, 10), "share that was right", fill=BLACK, font=small, anchor="mm")
        self._image.paste(strip.rotate(90, expand=True), (18, self.TOP + self.SIDE // 2 - 80))

    def _bars(self) -> None:
        for one in self._found.bins:
            if one.right.rate is None:
                continue
            (left, top), (right, bottom) = self._at(one.low, one.right.rate), self._at(one.high, 0)
            self._draw.rectangle((left + 1, top, right - 1, bottom), fill=_shade(0.45), outline=BLACK)
            middle = (left + right) / 2
            high, low = self._at(0, one.right.high)[1], self._at(0, one.right.low)[1]
            self._draw.line((middle, high, middle, low), fill=BLACK, width=2)
            for end in (high, low):
                self._draw.line((middle - 5, end, middle + 5, end), fill=BLACK, width=2)

    def _truth(self) -> None:
        dashes = 40
        for dash in range(0, dashes, 2):
            self._draw.line(
                (*self._at(dash / dashes, dash / dashes), *self._at((dash + 1) / dashes, (dash + 1) / dashes)),
                fill=BLACK,
                width=2,
            )
        self._draw.rectangle((*self._at(0, 1), *self._at(1, 0)), outline=BLACK)

    def _histogram(self) -> None:
        """How many claims stand behind each bar: a high bar on three claims says little."""
        floor = self.TOP + self.SIDE + 50 + self.BELOW
        most = max((one.right.of for one in self._found.bins), default=0)
        for one in self._found.bins:
            if not one.right.of:
                continue
            left, right = self._at(one.low, 0)[0] + 1, self._at(one.high, 0)[0] - 1
            top = floor - one.right.of / most * (self.BELOW - 24)
            self._draw.rectangle((left, top, right, floor), fill=GREY)
            count = f"{one.right.of}"
            fits = fitting(count, int(right - left) + 2, 12)
            self._draw.text(((left + right) / 2, top - 3), count, fill=BLACK, font=fits, anchor="mb")
        self._draw.line((self.LEFT, floor, self.LEFT + self.SIDE, floor), fill=BLACK)
        middle = self.LEFT + self.SIDE / 2
        self._draw.text(
            (middle, floor + 8), "score, and how many claims had it", fill=BLACK, font=font(13), anchor="mt"
        )


def _shade(share: float) -> Colour:
    red, green, blue = (round(light + (dark - light) * share) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return red, green, blue


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _told(count: int) -> str:
    """Exact while there is room: what is drawn for the eye need not repeat the report to the digit."""
    return f"{count}" if count < _TOO_LONG else f"{count / 1000:.0f}k"


def fitting(text: str, width: int, size: int) -> Font:
    """The largest font up to `size` in which the text is no wider, and never one too small to read."""
    while size > _SMALLEST_FONT and font(size).getlength(text) > width:
        size -= 1
    return font(size)


def font(size: int) -> Font:
    """Pillow's own: no machine has to have one installed."""
    return ImageFont.load_default(size)
