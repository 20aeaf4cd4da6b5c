import { expect, test } from './console.ts';

const DOCUMENTS = [
  { name: 'clinical-letter.docx', secret: '536-22-8145', marker: '«SSN»' },
  { name: 'insurance-claim.pdf', secret: '4111 1111 1111 1111', marker: '«CREDIT_CARD»' },
  { name: 'bank-statement.csv', secret: 'DE89370400440532013000', marker: '«IBAN»' },
  { name: 'email-thread.txt', secret: 'Harbour-Lantern-29', marker: '«PASSWORD»' },
];

test('an analyst sees each document redacted beside its raw text', async ({ akios, page }) => {
  await akios.raise();
  await akios.open(page);
  await page.getByRole('link', { name: 'Preview', exact: true }).click();
  for (const { name, secret, marker } of DOCUMENTS) {
    await page.getByRole('button', { name: new RegExp(name) }).click();
    await expect(page.getByText(marker).first()).toBeVisible();
    const redactedOnly = page.getByRole('button', { name: 'Redacted only' });
    await redactedOnly.click();
    await expect(page.getByText(marker).first()).toBeVisible();
    await expect(page.getByRole('main')).not.toContainText(secret);
    await page.getByRole('button', { name: 'Side by side' }).click();
    await expect(page.getByRole('main')).toContainText(secret);
    await page.screenshot({ path: `test-results/analyst-${name}.png` });
  }
});

test('a marker says why it is there, by keyboard alone', async ({ akios, page }) => {
  await akios.raise();
  await akios.open(page);
  await page.keyboard.press('Control+3');
  await page.getByRole('button', { name: /bank-statement/ }).click();
  await expect(page.getByText('«IBAN»').first()).toBeVisible();
  await page.keyboard.press('F7');
  await page.keyboard.press('F7');
  await expect(page.getByRole('main')).toContainText(/score/i);
});

test('the list of findings leads to each of them, by keyboard and by click', async ({
  akios,
  page,
}) => {
  await akios.raise();
  await akios.open(page);
  await page.keyboard.press('Control+3');
  await page.getByRole('button', { name: /clinical-letter/ }).click();
  const rows = page.getByRole('grid', { name: 'Findings', exact: true }).locator('[data-row]');
  await expect(rows.filter({ hasText: '«SSN»' })).toHaveText(/page 1, paragraph \d+/);
  await rows.first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const last = (await rows.count()) - 1;
  const marker = page.locator(`button[data-at="${last}"]`);
  await expect(marker).toBeFocused();
  await expect(marker).toBeInViewport();
  await expect(rows.nth(last)).toHaveAttribute('aria-selected', 'true');
  await page.getByText('List of findings').click();
  await page.getByRole('grid', { name: 'List of findings' }).locator('[data-row]').first().click();
  await expect(page.locator('button[data-at="0"]')).toBeFocused();
});

test('typed text is redacted as it would be sent, and hostile text stays inert', async ({
  akios,
  page,
}) => {
  await akios.open(page);
  await page.getByRole('link', { name: 'Preview', exact: true }).click();
  await page.getByRole('button', { name: 'Typed text' }).click();
  await page
    .getByRole('textbox')
    .last()
    .fill('<img src=x onerror=alert(1)> mail jane.roe@example.org \u202eevil');
  await expect(page.getByText('«EMAIL»').first()).toBeVisible();
  await expect(page.locator('main img')).toHaveCount(0);
});
