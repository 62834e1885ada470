"""Signatures of everyday tools, as plans call them, implemented or not.

`region` is the second, optional parameter of every operation on a part of an image, so that
`blur(image1, faces(image1))` works. `amount` runs from 0 to 1, or from -1 to 1 where it can also
decrease. Seconds count from the start, negative ones from the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from agent.plan import Callee
from train.planner.data.signatures import ToolSignature, as_callees, parse_signatures

SIGNATURES = """
# Pictures
blur(image: Image, region: Region or None = None, amount: Number = 0.5) -> Image: Blur a picture, or a region of it such as faces; amount from 0 to 1.
pixelate(image: Image, region: Region or None = None, amount: Number = 0.5) -> Image: Turn a picture, or a region of it, into coarse blocks; amount from 0 to 1.
brighten(image: Image, region: Region or None = None, amount: Number = 0.3) -> Image: Make a picture, or a region of it, brighter, or darker with a negative amount; -1 to 1.
contrast(image: Image, region: Region or None = None, amount: Number = 0.3) -> Image: Raise the contrast of a picture or a region, or lower it with a negative amount; -1 to 1.
saturate(image: Image, region: Region or None = None, amount: Number = 0.3) -> Image: Make colours stronger, or paler with a negative amount; -1 to 1.
sharpen(image: Image, region: Region or None = None, amount: Number = 0.5) -> Image: Make a picture, or a region of it, look sharper at the same size; amount from 0 to 1.
sepia(image: Image, region: Region or None = None) -> Image: Give a picture, or a region of it, the brown tones of an old photograph.
invert(image: Image, region: Region or None = None) -> Image: Invert the colours of a picture, or of a region of it, as in a negative.
highlight(image: Image, region: Region, how: "dim" or "grey" or "blur" = 'dim') -> Image: Keep a region of a picture as it is and make everything else dim, grey or blurred.
rotate(image: Image, degrees: Number = 90.0) -> Image: Turn a picture clockwise by any angle; a negative one turns it counter-clockwise.
straighten(image: Image) -> Image: Turn a tilted or sideways picture upright and level.
flip(image: Image, direction: "horizontal" or "vertical" = 'horizontal') -> Image: Mirror a picture: horizontal swaps left and right, vertical swaps top and bottom.
resize(image: Image, width: Integer or None = None, height: Integer or None = None, factor: Number or None = None, how: "fit" or "fill" or "stretch" = 'fit') -> Image: Change a picture's size in pixels or by a factor; with both sides it fits, fills (and crops) or stretches.
border(image: Image, colour: Text = 'white', width: Integer = 20) -> Image: Put a border of a colour around a picture; width in pixels.
rounded(image: Image, radius: Number = 0.1) -> Image: Round the corners of a picture; radius is a share of its shorter side, 0.5 gives a circle.
shadow(image: Image, amount: Number = 0.5) -> Image: Put a soft shadow behind a picture or a cut-out; amount from 0 to 1.
write_on(image: Image, text: Text, place: "left" or "right" or "top" or "bottom" or "middle" or "top left" or "top right" or "bottom left" or "bottom right" = 'bottom', colour: Text = 'white', size: Number = 0.1, outline: Text = 'black', region: Region or None = None) -> Image: Write text on a picture, at a place or into a region; size is the letters' share of its height.
collage(images: list[Image], how: "grid" or "row" or "column" = 'grid', titles: list[Text] or None = None, gap: Integer = 8) -> Image: Arrange pictures with gaps between them, each with a title if titles are given.
compare_side_by_side(image: Image, other: Image, titles: list[Text] or None = None) -> Image: Show two pictures next to each other at one size, with titles such as "before" and "after".
replace_background(image: Image, background: Text = 'white', picture: Image or None = None, region: Region or None = None) -> Image: Put a colour, "blur" or another picture behind what is in front; a region says what stays.
to_format(image: Image, format: "png" or "jpeg" or "webp" or "bmp" or "tiff" or "pdf" = 'png', quality: Integer = 90) -> Image: Convert a picture to a file format; quality from 1 to 100 for jpeg and webp.
draw_checked(prompt: Text, tries: Integer = 4) -> Image: Draw a picture, check that it shows what was asked for, and try again until it does.
# Sounds
volume(audio: Audio, factor: Number = 1.5) -> Audio: Make a sound louder or quieter: 2 is twice as loud, 0.5 half.
normalize(audio: Audio) -> Audio: Bring a sound to a usual, even loudness.
fade(audio: Audio, fade_in: Number = 2.0, fade_out: Number = 2.0) -> Audio: Fade a sound in at its start and out at its end, each over some seconds; 0 for neither.
speed(audio: Audio, factor: Number = 1.5) -> Audio: Play a sound faster or slower at the same pitch: 2 is twice as fast, 0.5 half.
pitch(audio: Audio, semitones: Number = 2.0) -> Audio: Make music or a sound higher by semitones, or lower by negative ones; for voices change_voice.
reverse(audio: Audio) -> Audio: Play a sound backwards.
mix(sounds: list[Audio]) -> Audio: Play several sounds at the same time, as one.
silence_cut(audio: Audio) -> Audio: Cut the silent parts and long pauses out of a sound.
repeat(audio: Audio, times: Integer = 2) -> Audio: Play a sound several times in a row.
notes(audio: Audio) -> Table: Write down the notes that are played or sung: which, from when to when.
piano_roll(notes: Table) -> Image: Draw notes as a piano roll: pitch upwards, time to the right.
same_voice(audio: Audio, other: Audio) -> Number: Say how alike two voices are, from 0 to 1; above 0.75 it is probably one person.
# Films
cut_video(video: Video, start: Number = 0.0, end: Number or None = None) -> Video: Keep only a part of a film, from one second to another; negative seconds count from the end.
speed_video(video: Video, factor: Number = 2.0) -> Video: Play a film faster or slower: 2 is twice as fast, 0.5 slow motion.
reverse_video(video: Video) -> Video: Play a film backwards.
resize_video(video: Video, width: Integer or None = None, height: Integer or None = None, factor: Number or None = None, how: "fit" or "fill" or "stretch" = 'fit') -> Video: Change a film's size in pixels or by a factor; with both sides it fits, fills (and crops) or stretches.
crop_video(video: Video, region: Region) -> Video: Keep only a region of a film's picture, such as area(still(video1), "left").
rotate_video(video: Video, degrees: Integer = 90) -> Video: Turn a film clockwise by 90, 180 or 270 degrees.
mute(video: Video) -> Video: Take the sound out of a film.
to_gif(video: Video, width: Integer = 480) -> Image: Turn a film into an animated GIF of some width in pixels.
subtitle(video: Video, language: Text = '') -> Video: Write what is said in a film into it as subtitles, translated if a language is given.
subtitle_file(video: Video, language: Text = '') -> Text: Write what is said in a film as a subtitle file (SRT) with times, translated if a language is given.
blur_in_video(video: Video, boxes: Table or None = None, amount: Number = 0.5) -> Video: Blur the faces in a film, or the boxes that detect_in_video or track found.
still(video: Video, second: Number = 0.0) -> Image: Take the picture out of a film that is shown at a second; negative seconds count from the end.
shots(video: Video) -> list[Video]: Split a film where the scene changes, into one film for each shot.
find_moment(video: Video, what: Text) -> list[Number]: Find the seconds at which something happens in a film, the likeliest first; empty if it never does.
# Documents
read_document(document: Document, pages: list[Integer] or None = None) -> Text: Read the text of a document, of all pages or of some.
page_picture(document: Document, page: Integer = 1) -> Image: Show a page of a document as a picture.
to_csv(table: Table) -> Text: Write a table as comma-separated text, to copy or download.
"""  # noqa: E501


@cache
def everyday_tools() -> Mapping[str, ToolSignature]:
    """Return the everyday tools by name."""
    return parse_signatures(SIGNATURES)


def everyday_callees() -> Mapping[str, Callee]:
    """Return the everyday tools as types for the plan checker."""
    return as_callees(everyday_tools().values())
