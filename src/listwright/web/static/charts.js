// Charts of figures over time: [data-chart] holds [[seconds since 1970 …], [values …]], with a row of values for each of
// the [data-labels], where there are several lines.
addEventListener("DOMContentLoaded", () => {
  const draw = (box) => {
    // The style sheet's own colours, resolved: a canvas does not know CSS variables.
    const style = getComputedStyle(box);
    const [line, ink] = [style.caretColor, style.color];
    const rule = { stroke: style.borderTopColor, width: 1 };
    const font = `11px ${style.fontFamily}`;
    const zone = { timeZone: box.dataset.zone };
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...zone });
    const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...zone });
    const long = box.dataset.days !== "1";
    const { label, labels, unit, market } = box.dataset;
    const names = labels ? labels.split("|") : [label];
    const colours = names.length > 1 ? ["green", "blue", "orange"].map((name) => style.getPropertyValue(`--tblr-${name}`).trim() || line) : [line];
    const number = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
    const amount = market && new Intl.NumberFormat(market, { style: "currency", currency: unit });
    const told = (value) => {
      if (value === null || value === undefined) return "–";
      return amount ? amount.format(value) : `${number.format(value)}${unit && ` ${unit}`}`;
    };
    // A share is nearly whole on most days: the last tenth is shown large.
    const near = (_, least, most) => [(least ?? 0) * 0.95, (most ?? 10) * 1.05];
    const range = labels ? near : unit === "%" ? (_, least) => [Math.min(90, Math.floor(least ?? 90)), 100] : (_, least, most) => [0, Math.max(10, most * 1.1)];
    const data = JSON.parse(box.dataset.chart);
    // The whole stretch is shown, also while only its end has figures.
    const end = data[0].at(-1) ?? Date.now() / 1000;
    const begin = end - Number(box.dataset.days) * 86400;
    const single = (values) => (values ?? []).filter((value) => value !== null).length < 3;
    box.replaceChildren();
    const chart = new uPlot(
      {
        width: box.clientWidth,
        height: box.clientHeight - 24,
        cursor: { y: false },
        legend: { markers: { show: false } },
        scales: { x: { range: [begin, end] }, y: { range } },
        axes: [
          { stroke: ink, font, grid: { show: false }, ticks: rule, values: (_, at) => at.map((second) => (long ? day : time).format(second * 1000)) },
          { stroke: ink, font, grid: rule, ticks: rule, size: 44, values: (_, at) => at.map((value) => number.format(value)) },
        ],
        series: [
          { label: "At", value: (_, second) => (second === null ? "–" : `${day.format(second * 1000)}, ${time.format(second * 1000)}`) },
          ...names.map((name, index) => ({
            label: name,
            stroke: colours[index],
            width: 1.5,
            fill: labels ? undefined : `color-mix(in srgb, ${line} 15%, transparent)`,
            points: { show: single(data[index + 1]) },
            value: (_, value) => told(value),
          })),
        ],
      },
      data,
      box,
    );
    return chart;
  };
  const boxes = [...document.querySelectorAll("[data-chart]")];
  const charts = new Map(boxes.map((box) => [box, draw(box)]));
  const sizes = new ResizeObserver((entries) =>
    entries.forEach(({ target }) => charts.get(target).setSize({ width: target.clientWidth, height: target.clientHeight - 24 })),
  );
  boxes.forEach((box) => sizes.observe(box));
  const themes = new MutationObserver(() => boxes.forEach((box) => charts.set(box, draw(box))));
  themes.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
});
