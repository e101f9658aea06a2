#!/usr/bin/env bash
# exceljs writes a cell with partly bold text to CSV as a JSON object.
#
# Guess:    the CSV cell holds the text without its format.
# Truth:    it holds {"richText":[{"text":"+1212"},{"font":{"bold":true},"text":"5550101"}]}. A hyperlink cell gives
#           its target, tel:+12125550102, instead of its text.
# Version:  exceljs 4.4.0.
# Matters:  one bold digit in the spreadsheet turns a phone cell into text with several groups of digits, of which a
#           tolerant reader could take the first. It must be refused, or read as one number: +12125550101.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund exceljs@4.4.0

cat > convert.js <<'JS'
const assert = require('node:assert');
const ExcelJS = require('exceljs');
(async () => {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('contacts');
  sheet.addRow(['Phone']);
  sheet.addRow([{ richText: [{ text: '+1212' }, { font: { bold: true }, text: '5550101' }] }]);
  sheet.addRow([{ text: 'call', hyperlink: 'tel:+12125550102' }]);
  const [, rich, link] = (await book.csv.writeBuffer()).toString().split('\n');
  console.log('exceljs', require('exceljs/package.json').version);
  console.log(rich);
  console.log(link);
  assert.ok(rich.startsWith('"{""richText"":[{""text"":""+1212""}'));
  assert.strictEqual(link, 'tel:+12125550102');
})();
JS
node convert.js
