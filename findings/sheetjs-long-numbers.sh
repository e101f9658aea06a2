#!/usr/bin/env bash
# SheetJS writes a number of twelve digits to CSV as 4.47701E+11: six digits are left.
#
# Guess:    sheet_to_csv writes the stored number, 447700900123.
# Truth:    it writes what the cell would show. The General format shows at most eleven digits, so 12125550101 comes out
#           whole and 447700900123 does not. The option rawNumbers writes the stored number.
# Version:  xlsx (SheetJS) 0.18.5.
# Matters:  a converter passes all tests with US numbers and destroys British, German and Mexican ones. The digits are
#           not in the file any more: the only right answer is to refuse the cell and say so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund xlsx@0.18.5

cat > convert.js <<'JS'
const assert = require('node:assert');
const XLSX = require('xlsx');
const sheet = XLSX.utils.aoa_to_sheet([['Phone'], [12125550101], [447700900123]]);
const shown = XLSX.utils.sheet_to_csv(sheet);
const raw = XLSX.utils.sheet_to_csv(sheet, { rawNumbers: true });
console.log('xlsx', XLSX.version, JSON.stringify({ shown, raw }));
assert.strictEqual(shown, 'Phone\n12125550101\n4.47701E+11');
assert.strictEqual(raw, 'Phone\n12125550101\n447700900123');
JS
node convert.js
