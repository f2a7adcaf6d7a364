/** The bare page of one sample card, for pictures. */
import { drawAlone } from "./alone.js";
import { dataBlock } from "./dom.js";

const { card } = dataBlock("card");
drawAlone(document.getElementById("place"), { name: document.body.dataset.name, card, words: dataBlock("words") });
document.body.dataset.ready = "1";
