// The overview shows the streams of the version that is chosen; without scripts, all of them.
const version = document.getElementById("version");
version?.addEventListener("change", () => {
  for (const mark of document.querySelectorAll("[data-versions]"))
    mark.closest("tr").hidden = version.value !== "" && !mark.dataset.versions.split(" ").includes(version.value);
});
